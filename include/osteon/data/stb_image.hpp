// Decoding by stb_image. Nothing here knows about files.
#pragma once

#include <osteon/data/image.hpp>
#include <osteon/data/image_format.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace osteon::data::detail {

/// More pixels than this are taken for a damaged or hostile header (Pillow's limit is the same).
inline constexpr std::int64_t max_pixels = 178'956'970;

/// No Huffman table of a JPEG lists more than the 256 symbols there are. stb_image 2.27 writes past
/// its tables otherwise.
[[nodiscard]] bool jpeg_tables_fit(Bytes bytes);

/// Decodes to three channels; alpha is dropped and grey repeated. On failure an empty Image, and
/// the reason in `problem`.
[[nodiscard]] Image stb_decode(Bytes bytes, std::string& problem);

/// Inflates a zlib stream into the front of `out` as far as it goes.
void stb_inflate(Bytes stream, std::span<std::uint8_t> out);

}  // namespace osteon::data::detail

#if !defined(OSTEON_COMPILED)
#include <osteon/data/stb_image.ipp>
#endif
