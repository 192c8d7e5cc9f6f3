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

[[nodiscard]] bool starts_with(Bytes bytes, std::string_view magic);

[[nodiscard]] std::uint32_t big_endian32(Bytes b, std::size_t at);

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

}  // namespace detail

/// By the first bytes; names and suffixes play no part.
[[nodiscard]] ImageFormat image_format(Bytes bytes);

/// Bytes from the start to the end of the picture (JPEG's EOI marker, PNG's IEND chunk, GIF's
/// trailer, the size that BMP's header gives), or 0 where the data ends before it. What follows the
/// end is not part of the picture.
[[nodiscard]] std::size_t image_end(Bytes bytes);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/image_format.ipp>
#endif
