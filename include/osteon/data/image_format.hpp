// What kind of picture some bytes are, and whether they are all there. Only structure is read;
// nothing is decoded.
//
// JPEG: ITU-T T.81, annex B. PNG: W3C PNG specification, section 5. GIF: GIF89a, section 17 on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace osteon::data {

using Bytes = std::span<const std::uint8_t>;

enum class ImageFormat : std::uint8_t { unknown, jpeg, png, gif, bmp };

[[nodiscard]] constexpr std::string_view to_string(ImageFormat format) {
  constexpr std::string_view names[] = {"unknown", "JPEG", "PNG", "GIF", "BMP"};
  return names[static_cast<std::size_t>(format)];
}

namespace detail {

inline constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n";

[[nodiscard]] inline bool starts_with(Bytes bytes, std::string_view magic) {
  if (bytes.size() < magic.size()) return false;
  for (std::size_t i = 0; i < magic.size(); ++i)
    if (bytes[i] != static_cast<std::uint8_t>(magic[i])) return false;
  return true;
}

[[nodiscard]] inline std::uint32_t big_endian32(Bytes b, std::size_t at) {
  return std::uint32_t{b[at]} << 24 | std::uint32_t{b[at + 1]} << 16 |
         std::uint32_t{b[at + 2]} << 8 | b[at + 3];
}

[[nodiscard]] inline std::uint32_t little_endian32(Bytes b, std::size_t at) {
  return std::uint32_t{b[at + 3]} << 24 | std::uint32_t{b[at + 2]} << 16 |
         std::uint32_t{b[at + 1]} << 8 | b[at];
}

/// Calls visit(marker, payload) for each segment with a length (a cut payload too) and returns
/// where the end-of-image marker ends, or 0 if the data ends before it. Entropy-coded data has no
/// length; it ends at the first 0xFF followed by something other than 0 (a stuffed byte), 0xFF
/// (fill) or a restart marker.
template <class Visit>
std::size_t walk_jpeg(Bytes b, const Visit& visit) {
  constexpr std::uint8_t soi = 0xD8, eoi = 0xD9, tem = 0x01, rst0 = 0xD0, rst7 = 0xD7;
  std::size_t at = 2;
  while (at + 1 < b.size()) {
    if (b[at] != 0xFF || b[at + 1] == 0 || b[at + 1] == 0xFF) {
      ++at;  // entropy-coded data, a stuffed byte, or fill
      continue;
    }
    const std::uint8_t marker = b[at + 1];
    at += 2;
    if (marker == eoi) return at;
    if (marker == soi || marker == tem || (marker >= rst0 && marker <= rst7)) continue;
    if (at + 1 >= b.size()) return 0;
    const std::size_t length = std::size_t{b[at]} << 8 | b[at + 1];  // its own two bytes included
    if (length > 2) visit(marker, b.subspan(at + 2, std::min(length, b.size() - at) - 2));
    at += length;
  }
  return 0;
}

[[nodiscard]] inline std::size_t jpeg_end(Bytes b) {
  return walk_jpeg(b, [](std::uint8_t, Bytes) {});
}

[[nodiscard]] inline std::size_t png_end(Bytes b) {
  std::size_t at = png_signature.size();
  while (at + 12 <= b.size()) {  // length, type, data, checksum
    const std::size_t end = at + 12 + big_endian32(b, at);
    if (end > b.size()) return 0;
    if (starts_with(b.subspan(at + 4), "IEND")) return end;
    at = end;
  }
  return 0;
}

[[nodiscard]] inline std::size_t gif_end(Bytes b) {
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

[[nodiscard]] inline std::size_t bmp_end(Bytes b) {
  const std::size_t size = b.size() < 6 ? 0 : little_endian32(b, 2);
  return size <= b.size() ? size : 0;
}

}  // namespace detail

/// By the first bytes; names and suffixes play no part.
[[nodiscard]] inline ImageFormat image_format(Bytes bytes) {
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

/// Bytes from the start to the end of the picture (JPEG's EOI marker, PNG's IEND chunk, GIF's
/// trailer, the size that BMP's header gives), or 0 where the data ends before it. What follows the
/// end is not part of the picture.
[[nodiscard]] inline std::size_t image_end(Bytes bytes) {
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
