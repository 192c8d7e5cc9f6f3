// Figure: how many images there are of each class.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace osteon::train {

/// The images of one part of the data (train, val, test), per class.
struct PartCounts {
  std::string part;
  std::vector<std::int64_t> counts;
};

/// Bars with their counts (grouped by part if there are several) and a pie of the whole.
void plot_class_distribution(const std::filesystem::path& path, std::span<const std::string> names,
                             std::span<const PartCounts> parts);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/figures/class_distribution.ipp>
#endif
