// An 8-bit picture in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace osteon::data {

/// Rows from top to bottom, interleaved channels: (height, width, channels), one byte each.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> pixels;

  Image() = default;
  /// A black picture.
  Image(int w, int h, int c);

  [[nodiscard]] bool empty() const { return pixels.empty(); }
  /// Bytes of a row.
  [[nodiscard]] std::size_t row_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  /// The first byte of row `y`.
  [[nodiscard]] const std::uint8_t* row(int y) const {
    return pixels.data() + static_cast<std::size_t>(y) * row_bytes();
  }
  [[nodiscard]] std::uint8_t* row(int y) {
    return pixels.data() + static_cast<std::size_t>(y) * row_bytes();
  }
};

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/image.ipp>
#endif
