// All images of a data set, decoded once and kept in memory at one size.
#pragma once

#include <osteon/data/sample.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace osteon::data {

/// Square RGB images of one size, packed: (N, size, size, 3), 8 bits a channel.
struct ImageDataset {
  int image_size = 0;
  std::vector<std::string> classes;
  std::vector<Sample> samples;  ///< where each image came from
  std::vector<std::uint8_t> pixels;

  [[nodiscard]] std::size_t size() const { return samples.size(); }
  [[nodiscard]] std::size_t image_bytes() const {
    return static_cast<std::size_t>(image_size) * static_cast<std::size_t>(image_size) * 3;
  }
  [[nodiscard]] std::span<const std::uint8_t> image(std::size_t i) const {
    return std::span(pixels).subspan(i * image_bytes(), image_bytes());
  }
  [[nodiscard]] std::span<std::uint8_t> image(std::size_t i) {
    return std::span(pixels).subspan(i * image_bytes(), image_bytes());
  }
  [[nodiscard]] int label(std::size_t i) const { return samples[i].label; }
  /// Positions of the samples of a part.
  [[nodiscard]] std::vector<std::size_t> indices(Part part) const;
};

/// files == decoded + skipped.
struct LoadReport {
  std::size_t files = 0;               ///< image files that were asked for
  std::size_t decoded = 0;             ///< images in the data set
  std::size_t skipped = 0;             ///< truncated or unreadable, and left out
  std::vector<std::string> truncated;  ///< their paths, used or skipped
  std::vector<std::string> unreadable;
};

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/image_dataset.ipp>
#endif
