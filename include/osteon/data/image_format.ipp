// Definitions of image_format.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/image_format.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace osteon::data {

namespace detail {

inline constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n";

OSTEON_INLINE bool starts_with(Bytes bytes, std::string_view magic) {
  if (bytes.size() < magic.size()) return false;
  for (std::size_t i = 0; i < magic.size(); ++i)
    if (bytes[i] != static_cast<std::uint8_t>(magic[i])) return false;
  return true;
}

OSTEON_INLINE std::uint32_t big_endian32(Bytes b, std::size_t at) {
  return std::uint32_t{b[at]} << 24 | std::uint32_t{b[at + 1]} << 16 |
         std::uint32_t{b[at + 2]} << 8 | b[at + 3];
}

OSTEON_INLINE std::uint32_t little_endian32(Bytes b, std::size_t at) {
  return std::uint32_t{b[at + 3]} << 24 | std::uint32_t{b[at + 2]} << 16 |
         std::uint32_t{b[at + 1]} << 8 | b[at];
}

[[nodiscard]] inline std::size_t jpeg_end(Bytes b) {
  return walk_jpeg(b, [](std::uint8_t, Bytes) {});
}

OSTEON_INLINE std::size_t png_end(Bytes b) {
  std::size_t at = png_signature.size();
  while (at + 12 <= b.size()) {  // length, type, data, checksum
    const std::size_t end = at + 12 + big_endian32(b, at);
    if (end > b.size()) return 0;
    if (starts_with(b.subspan(at + 4), "IEND")) return end;
    at = end;
  }
  return 0;
}

OSTEON_INLINE std::size_t gif_end(Bytes b) {
  const auto colours = [](std::uint8_t flags) -> std::size_t {
    return (flags & 0x80) != 0 ? std::size_t{3} << ((flags & 7) + 1) : 0;
  };
  if (b.size() < 13) return 0;
  std::size_t at = 13 + colours(b[10]);
  while (at < b.size()) {
    const std::uint8_t introducer = b[at];
    if (introducer == 0x3B) return at + 1;  // the trailer
    if (introducer == 0x21) {               // an extension: label, then sub-blocks
      at += 2;
    } else if (introducer == 0x2C) {  // an image: descriptor, colours, code size, sub-blocks
      if (at + 9 >= b.size()) return 0;
      at += 11 + colours(b[at + 9]);
    } else {
      return 0;
    }
    while (at < b.size() && b[at] != 0) at += std::size_t{b[at]} + 1;
    ++at;
  }
  return 0;
}

OSTEON_INLINE std::size_t bmp_end(Bytes b) {
  const std::size_t size = b.size() < 6 ? 0 : little_endian32(b, 2);
  return size <= b.size() ? size : 0;
}

}  // namespace detail

OSTEON_INLINE ImageFormat image_format(Bytes bytes) {
  if (detail::starts_with(bytes, "\xFF\xD8\xFF")) return ImageFormat::jpeg;
  if (detail::starts_with(bytes, detail::png_signature)) return ImageFormat::png;
  if (detail::starts_with(bytes, "GIF87a") || detail::starts_with(bytes, "GIF89a"))
    return ImageFormat::gif;
  if (detail::starts_with(bytes, "BM") && bytes.size() >= 18) {
    // "BM" also begins ordinary text: ask for a known size of the second header as well.
    const std::uint32_t header = detail::little_endian32(bytes, 14);
    if (header == 12 || (header >= 40 && header <= 124)) return ImageFormat::bmp;
  }
  return ImageFormat::unknown;
}

OSTEON_INLINE std::size_t image_end(Bytes bytes) {
  switch (image_format(bytes)) {
    case ImageFormat::jpeg:
      return detail::jpeg_end(bytes);
    case ImageFormat::png:
      return detail::png_end(bytes);
    case ImageFormat::gif:
      return detail::gif_end(bytes);
    case ImageFormat::bmp:
      return detail::bmp_end(bytes);
    case ImageFormat::unknown:
      break;
  }
  return 0;
}

}  // namespace osteon::data
