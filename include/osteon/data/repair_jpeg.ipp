// Definitions of repair_jpeg.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/repair_jpeg.hpp>
#include <osteon/data/stb_image.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace osteon::data::detail {

OSTEON_INLINE Image decode_padded_jpeg(Bytes bytes, Bytes padding, std::string& problem) {
  std::vector<std::uint8_t> closed(bytes.begin(), bytes.end());
  if (closed.back() == 0xFF) closed.pop_back();  // half a marker
  closed.insert(closed.end(), padding.begin(), padding.end());
  closed.insert(closed.end(), {0xFF, 0xD9});  // the end-of-image marker
  return stb_decode(closed, problem);
}

OSTEON_INLINE JpegUnit jpeg_unit(Bytes bytes) {
  JpegUnit unit;
  walk_jpeg(bytes, [&](std::uint8_t marker, Bytes frame) {
    const bool baseline = marker == 0xC0 || marker == 0xC1;
    if (!baseline || frame.size() < 6 || frame.size() < std::size_t{6} + 3 * frame[5]) return;
    unit = {8, 8};
    if (frame[5] == 1) return;  // a single component is never subsampled
    for (std::size_t i = 0; i < frame[5]; ++i) {
      const int sampling = frame[6 + 3 * i + 1];
      unit.width = std::max(unit.width, 8 * (sampling >> 4));
      unit.height = std::max(unit.height, 8 * (sampling & 15));
    }
  });
  return unit;
}

OSTEON_INLINE bool unit_differs(const Image& a, const Image& b, JpegUnit unit, int left, int top) {
  const int right = std::min(left + unit.width, a.width);
  const int bottom = std::min(top + unit.height, a.height);
  int differing = 0;
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x)
      differing += !std::equal(a.row(y) + 3 * x, a.row(y) + 3 * x + 3, b.row(y) + 3 * x);
  return 2 * differing >= (right - left) * (bottom - top);
}

OSTEON_INLINE Image decode_cut_jpeg(Bytes bytes, std::string& problem) {
  Image image = decode_padded_jpeg(bytes, {}, problem);
  const JpegUnit unit = jpeg_unit(bytes);
  if (image.empty() || unit.width == 0 || unit.height == 0) return image;

  Image other;
  for (const std::uint8_t filler : {0x55, 0xAA, 0x33, 0xCC}) {  // some may be no valid code
    std::string ignored;
    other = decode_padded_jpeg(bytes, std::vector<std::uint8_t>(64, filler), ignored);
    if (!other.empty()) break;
  }
  if (other.empty()) return image;

  constexpr std::uint8_t grey = 128;
  bool missing = false;
  for (int top = 0; top < image.height; top += unit.height) {
    for (int left = 0; left < image.width; left += unit.width) {
      missing = missing || unit_differs(image, other, unit, left, top);
      if (!missing) continue;
      const int right = std::min(left + unit.width, image.width);
      for (int y = top; y < std::min(top + unit.height, image.height); ++y)
        std::fill(image.row(y) + 3 * left, image.row(y) + 3 * right, grey);
    }
  }
  return image;
}

}  // namespace osteon::data::detail
