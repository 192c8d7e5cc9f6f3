// Figure: loss and accuracy over the epochs.
#pragma once

#include <osteon/train/history.hpp>

#include <cstddef>
#include <filesystem>
#include <span>

namespace osteon::train {

/// Training and validation loss on the left, accuracy on the right; `best_epoch` (counted from 1,
/// 0 for none) is marked.
void plot_curves(const std::filesystem::path& path, std::span<const EpochRecord> history,
                 int best_epoch);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/figures/curves.ipp>
#endif
