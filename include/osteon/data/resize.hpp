// Antialiased bilinear resize, bit for bit as Pillow's Image.resize(size, BILINEAR).
//
// A separable triangle filter, widened by the down-scaling factor so that every input pixel counts.
// The horizontal pass comes first and is rounded to 8 bits before the vertical one; weights are
// fixed-point numbers.
#pragma once

#include <osteon/data/image.hpp>

namespace osteon::data {

/// `image` scaled to width x height, whatever its aspect ratio (torchvision's Resize((h, w))).
/// Throws Error on an empty image, a size below 1, or channels other than 1, 3 and 4.
[[nodiscard]] Image resize(const Image& image, int width, int height);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/resize.ipp>
#endif
