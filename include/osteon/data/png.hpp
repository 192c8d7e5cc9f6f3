// PNG files.
#pragma once

#include <osteon/data/image.hpp>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace osteon::data {

/// The bytes of a PNG file: grey (1 channel), grey and alpha (2), RGB (3) or RGBA (4).
[[nodiscard]] std::vector<std::uint8_t> encode_png(const Image& image);

/// Writes a PNG under a temporary name beside `path` and renames it. It is not flushed to the disk
/// first: data sets have thousands of small files. Throws Error naming the file.
void write_png(const std::filesystem::path& path, const Image& image);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/png.ipp>
#endif
