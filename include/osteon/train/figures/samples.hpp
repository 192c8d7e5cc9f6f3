// Figure: a grid of example images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace osteon::train {

/// An image and what stands above it.
struct Sample {
  std::span<const std::uint8_t> pixels;  ///< size x size x channels, row by row from the top
  std::string title;
  std::optional<bool> correct = {};  ///< whether it was predicted right: colours the title
};

struct SampleGrid {
  std::size_t size = 64;     ///< width and height of every image, pixels
  std::size_t channels = 1;  ///< 1: grey, 3: RGB
  std::size_t columns = 4;
  std::string title = "Examples";
};

/// The samples in reading order, as many rows as it takes.
void plot_samples(const std::filesystem::path& path, std::span<const Sample> samples,
                  const SampleGrid& grid = {});

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/figures/samples.ipp>
#endif
