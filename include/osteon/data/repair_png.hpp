// A cut PNG, made decodable: what is there of the compressed data is inflated and stored again,
// the missing rows are black (as Pillow shows them).
#pragma once

#include <osteon/data/image_format.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace osteon::data::detail {

/// Bytes of the inflated data: every row of every pass begins with one filter byte.
[[nodiscard]] std::uint64_t png_raw_size(std::uint64_t width, std::uint64_t height, unsigned bits,
                                         unsigned color, bool interlaced);

void append_png_chunk(std::vector<std::uint8_t>& png, std::string_view type, Bytes data);

/// What a cut zlib stream still holds; the rest of the `size` bytes is 0. The stream is continued
/// in two ways, and what both give alike was there.
[[nodiscard]] std::vector<std::uint8_t> inflate_cut(std::vector<std::uint8_t> stream,
                                                    std::size_t size);

/// A zlib stream of stored (uncompressed) blocks; its checksum is left out.
[[nodiscard]] std::vector<std::uint8_t> zlib_stored(Bytes raw);

/// A whole PNG with the pixels that are left of `bytes`; empty if not even its header is left.
[[nodiscard]] std::vector<std::uint8_t> repair_png(Bytes bytes);

}  // namespace osteon::data::detail

#if !defined(OSTEON_COMPILED)
#include <osteon/data/repair_png.ipp>
#endif
