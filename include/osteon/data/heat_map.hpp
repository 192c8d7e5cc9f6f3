// Maps of numbers over pictures: Grad-CAM over a radiograph.
#pragma once

#include <osteon/data/image.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace osteon::data {

/// The colour map viridis, perceptually uniform and safe for the colour-blind, from dark blue at 0
/// to yellow at 1: red, green and blue. The colours are Smith's and van der Walt's (matplotlib;
/// CC0, https://github.com/BIDS/colormap), the polynomials Zucker's fit to them (CC0,
/// https://www.shadertoy.com/view/WlfXRN), within 4 of 255 of the table where it is tested.
[[nodiscard]] std::array<std::uint8_t, 3> viridis(double value);

/// A map of (height, width) at another size, bilinear between the centres of its cells, as
/// torch.nn.functional.interpolate(mode="bilinear", align_corners=False). Throws Error unless the
/// map has that many values and the sizes are positive.
[[nodiscard]] std::vector<double> interpolate(std::span<const double> map, int height, int width,
                                              int to_height, int to_width);

/// The picture (RGB) and, to its right, the same picture under a map of (height, width) values of
/// at least 0: the largest is yellow and covers it by `opacity`, 0 leaves it as it is. A map
/// without a value above 0 colours nothing.
[[nodiscard]] Image overlay(const Image& rgb, std::span<const double> map, int height, int width,
                            double opacity = 0.6);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/heat_map.ipp>
#endif
