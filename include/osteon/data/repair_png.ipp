// Definitions of repair_png.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/repair_png.hpp>
#include <osteon/data/stb_image.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace osteon::data::detail {

OSTEON_INLINE std::uint64_t png_raw_size(std::uint64_t width, std::uint64_t height, unsigned bits,
                                         unsigned color, bool interlaced) {
  constexpr unsigned channels_of[] = {1, 0, 3, 1, 2, 0, 4};
  const std::uint64_t pixel_bits = std::uint64_t{bits} * channels_of[color];
  struct Pass {
    unsigned x, y, step_x, step_y;
  };
  constexpr Pass whole[] = {{0, 0, 1, 1}};
  constexpr Pass adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                            {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::uint64_t size = 0;
  for (const Pass& pass : interlaced ? std::span<const Pass>(adam7) : whole) {
    const std::uint64_t w = (width + pass.step_x - 1 - pass.x) / pass.step_x;
    const std::uint64_t h = (height + pass.step_y - 1 - pass.y) / pass.step_y;
    if (width > pass.x && height > pass.y) size += h * (1 + (w * pixel_bits + 7) / 8);
  }
  return size;
}

OSTEON_INLINE void append_png_chunk(std::vector<std::uint8_t>& png, std::string_view type,
                                    Bytes data) {
  const auto length = static_cast<std::uint32_t>(data.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    png.push_back(static_cast<std::uint8_t>(length >> shift));
  png.insert(png.end(), type.begin(), type.end());
  png.insert(png.end(), data.begin(), data.end());
  png.insert(png.end(), 4, 0);  // the checksum, which stb_image does not read
}

OSTEON_INLINE std::vector<std::uint8_t> inflate_cut(std::vector<std::uint8_t> stream,
                                                    std::size_t size) {
  constexpr std::size_t longest_block = 65535;
  const std::size_t cut = stream.size();
  std::vector<std::uint8_t> one(size), other(size);
  stream.insert(stream.end(), longest_block, 0x00);
  stb_inflate(stream, one);
  std::fill(stream.begin() + static_cast<std::ptrdiff_t>(cut), stream.end(), std::uint8_t{0xFF});
  stb_inflate(stream, other);
  const auto end = std::mismatch(one.begin(), one.end(), other.begin()).first;
  std::fill(end, one.end(), std::uint8_t{0});
  return one;
}

OSTEON_INLINE std::vector<std::uint8_t> zlib_stored(Bytes raw) {
  std::vector<std::uint8_t> stream{0x78, 0x01};
  constexpr std::size_t longest = 65535;
  for (std::size_t at = 0; at < raw.size(); at += longest) {
    const Bytes block = raw.subspan(at, std::min(longest, raw.size() - at));
    const auto size = static_cast<unsigned>(block.size());
    const bool last = at + size == raw.size();
    for (const unsigned byte : {unsigned{last}, size & 255, size >> 8, ~size & 255, (~size >> 8)})
      stream.push_back(static_cast<std::uint8_t>(byte));
    stream.insert(stream.end(), block.begin(), block.end());
  }
  return stream;
}

OSTEON_INLINE std::vector<std::uint8_t> repair_png(Bytes bytes) {
  constexpr std::size_t header_end = 8 + 12 + 13;
  if (bytes.size() < header_end || !starts_with(bytes.subspan(12), "IHDR")) return {};
  const std::uint64_t width = big_endian32(bytes, 16), height = big_endian32(bytes, 20);
  const unsigned bits = bytes[24], color = bytes[25];
  const bool known = color == 0 || color == 2 || color == 3 || color == 4 || color == 6;
  if (!known || bits > 16 || width == 0 || height == 0 || width > max_pixels ||
      height > max_pixels || width * height > max_pixels)
    return {};

  std::vector<std::uint8_t> png(bytes.begin(), bytes.begin() + header_end);
  std::vector<std::uint8_t> compressed;
  for (std::size_t at = header_end; at + 8 <= bytes.size();) {
    const std::size_t left = bytes.size() - at - 8;
    const std::size_t length = big_endian32(bytes, at);
    const Bytes data = bytes.subspan(at + 8, std::min(length, left));
    const Bytes type = bytes.subspan(at + 4, 4);
    if (starts_with(type, "IDAT")) {
      compressed.insert(compressed.end(), data.begin(), data.end());
    } else if (length <= left && (starts_with(type, "PLTE") || starts_with(type, "tRNS"))) {
      append_png_chunk(png, {reinterpret_cast<const char*>(type.data()), 4}, data);
    }
    if (length + 4 > left) break;
    at += 12 + length;
  }
  if (compressed.empty()) return {};

  const std::uint64_t size = png_raw_size(width, height, bits, color, bytes[28] != 0);
  const std::vector<std::uint8_t> raw = inflate_cut(std::move(compressed), size);
  append_png_chunk(png, "IDAT", zlib_stored(raw));
  append_png_chunk(png, "IEND", {});
  return png;
}

}  // namespace osteon::data::detail
