// Figure: which class was taken for which.
#pragma once

#include <osteon/train/metrics.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace osteon::train {

/// A heat map: colour and percentage are shares of the true class (of the row), the larger number
/// counts images. `part` names them in the title: "test", say.
void plot_confusion_matrix(const std::filesystem::path& path, const ConfusionMatrix& matrix,
                           std::span<const std::string> names, std::string_view part = "");

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/figures/confusion_matrix.ipp>
#endif
