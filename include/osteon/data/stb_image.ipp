// Definitions of stb_image.hpp, and the only file that includes stb_image.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/stb_image.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>

// Everything static: header-only, and no clash with a copy of stb_image elsewhere in the program.
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_GIF
#define STBI_ONLY_BMP
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wtype-limits"
#endif
#include <stb_image.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#undef STB_IMAGE_STATIC
#undef STB_IMAGE_IMPLEMENTATION

namespace osteon::data::detail {

OSTEON_INLINE bool jpeg_tables_fit(Bytes bytes) {
  constexpr std::uint8_t define_huffman = 0xC4;
  bool fit = true;
  walk_jpeg(bytes, [&](std::uint8_t marker, Bytes payload) {
    if (marker != define_huffman) return;
    for (std::size_t at = 0; at < payload.size();) {
      if (at + 17 > payload.size()) {
        fit = false;
        return;
      }
      std::size_t symbols = 0;
      for (const std::uint8_t count : payload.subspan(at + 1, 16)) symbols += count;
      fit = fit && symbols <= 256;
      at += 17 + symbols;
    }
  });
  return fit;
}

OSTEON_INLINE Image stb_decode(Bytes bytes, std::string& problem) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    problem = "more than 2 GiB";
    return {};
  }
  if (image_format(bytes) == ImageFormat::jpeg && !jpeg_tables_fit(bytes)) {
    problem = "bad Huffman tables";
    return {};
  }
  const int size = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  if (stbi_info_from_memory(bytes.data(), size, &width, &height, &channels) == 0) {
    problem = stbi_failure_reason();
    return {};
  }
  if (std::int64_t{width} * height > max_pixels) {
    problem = "too large: " + std::to_string(width) + " x " + std::to_string(height) + " pixels";
    return {};
  }
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(bytes.data(), size, &width, &height, &channels, 3), stbi_image_free);
  if (!pixels) {
    problem = stbi_failure_reason();
    return {};
  }
  Image image;
  image.width = width;
  image.height = height;
  image.channels = 3;
  image.pixels.assign(pixels.get(),
                      pixels.get() + image.row_bytes() * static_cast<std::size_t>(height));
  return image;
}

OSTEON_INLINE void stb_inflate(Bytes stream, std::span<std::uint8_t> out) {
  (void)stbi_zlib_decode_buffer(reinterpret_cast<char*>(out.data()), static_cast<int>(out.size()),
                                reinterpret_cast<const char*>(stream.data()),
                                static_cast<int>(stream.size()));
}

}  // namespace osteon::data::detail
