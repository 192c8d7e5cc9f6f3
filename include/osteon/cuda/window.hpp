// Which pixels a sliding window reads, and which windows read a pixel. Pixels of inputs and outputs
// are counted through the whole batch.
#pragma once

#include <osteon/core/geometry.hpp>
#include <osteon/core/host_device.hpp>
#include <osteon/core/shape.hpp>

namespace osteon::gpu {

OSTEON_HOST_DEVICE constexpr Index smaller(Index a, Index b) { return b < a ? b : a; }
OSTEON_HOST_DEVICE constexpr Index larger(Index a, Index b) { return a < b ? b : a; }

/// The window of an output pixel, cut off at the image's borders: rows [top, bottom) and columns
/// [left, right) of its image.
struct Window {
  Index kernel, width, first_row, first_column, image;
  Index top, bottom, left, right;

  OSTEON_HOST_DEVICE Window(const Conv2dGeometry& g, Index output)
      : kernel(g.kernel),
        width(g.in_width),
        first_row(output / g.out_width % g.out_height * g.stride - g.padding),
        first_column(output % g.out_width * g.stride - g.padding),
        image(output / (g.out_height * g.out_width) * g.in_height * g.in_width),
        top(larger(0, first_row)),
        bottom(smaller(g.in_height, first_row + g.kernel)),
        left(larger(0, first_column)),
        right(smaller(g.in_width, first_column + g.kernel)) {}

  [[nodiscard]] OSTEON_HOST_DEVICE Index pixel(Index h, Index w) const {
    return image + h * width + w;
  }
  /// The place in the kernel that meets (h, w).
  [[nodiscard]] OSTEON_HOST_DEVICE Index tap(Index h, Index w) const {
    return (h - first_row) * kernel + (w - first_column);
  }
};

/// The windows over an input pixel: those of output rows [top, bottom) and columns [left, right).
struct Covering {
  Index kernel, stride, width, row, column, image;
  Index top, bottom, left, right;

  OSTEON_HOST_DEVICE Covering(const Conv2dGeometry& g, Index input)
      : kernel(g.kernel),
        stride(g.stride),
        width(g.out_width),
        row(input / g.in_width % g.in_height + g.padding),
        column(input % g.in_width + g.padding),
        image(input / (g.in_height * g.in_width) * g.out_height * g.out_width),
        top(first(row, g)),
        bottom(smaller(g.out_height, row / g.stride + 1)),
        left(first(column, g)),
        right(smaller(g.out_width, column / g.stride + 1)) {}

  [[nodiscard]] OSTEON_HOST_DEVICE Index output(Index oh, Index ow) const {
    return image + oh * width + ow;
  }
  /// The place in the kernel with which window (oh, ow) meets the pixel.
  [[nodiscard]] OSTEON_HOST_DEVICE Index tap(Index oh, Index ow) const {
    return (row - oh * stride) * kernel + (column - ow * stride);
  }

 private:
  /// The first window that reaches `at`, counted with the padding.
  OSTEON_HOST_DEVICE static Index first(Index at, const Conv2dGeometry& g) {
    return at < g.kernel ? 0 : (at - g.kernel) / g.stride + 1;
  }
};

}  // namespace osteon::gpu
