// Convolutions of stride 2 over images of few channels, such as the stem of a ResNet, as
// convolutions of stride 1 over many: what tensor cores are made for.
//
// Four neighbouring pixels become one of four times the channels (tf.nn.space_to_depth). A window
// of 7 by 7 pixels then is one of 4 by 4, whose first row and column are empty; the borders are
// written out, and channels are filled up with zeros to what 16 bytes hold.
#pragma once

#include <osteon/core/float16.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/memory.hpp>

namespace osteon::gpu {

/// How a convolution becomes another one, and its images and weights with it.
struct SpaceToDepth {
  Conv2dGeometry from, to;
  /// Empty rows (and columns) of `to`'s window before those of `from`'s, counted in pixels.
  Index shift;
  /// Rows (and columns) of `to`'s images before the first of `from`'s, counted in pairs.
  Index border;

  explicit SpaceToDepth(const Conv2dGeometry& g) : from(g), to(g), shift(g.padding % 2) {
    constexpr Index width = 8;
    border = (g.padding + shift) / 2;
    to.kernel = (g.kernel + shift + 1) / 2;
    to.stride = 1;
    to.padding = 0;
    to.in_channels = (4 * g.in_channels + width - 1) / width * width;
    to.in_height = g.out_height + to.kernel - 1;
    to.in_width = g.out_width + to.kernel - 1;
  }

  /// Whether it is worth it: products of 16-bit numbers, enough of them to make up for the detour.
  template <class T>
  [[nodiscard]] static bool helps(const Conv2dGeometry& g) {
    return is_float16<T> && g.stride == 2 && g.kernel >= 3 && g.in_channels <= 4 &&
           g.out_channels % 8 == 0 && g.rows() >= 1024;
  }

  [[nodiscard]] Index images() const {
    return to.batch * to.in_height * to.in_width * to.in_channels;
  }
};

/// Writes the images of `s.to`, a pixel at a time.
template <class T>
void to_depth(const SpaceToDepth& s, const T* x, T* y) {
  const SpaceToDepth d = s;
  for_each_index(d.to.batch * d.to.in_height * d.to.in_width, [=] OSTEON_KERNEL(Index pixel) {
    const int image = static_cast<int>(pixel / (d.to.in_height * d.to.in_width));
    const int in_image = static_cast<int>(pixel - image * d.to.in_height * d.to.in_width);
    const int row = in_image / static_cast<int>(d.to.in_width);
    const int column = in_image - row * static_cast<int>(d.to.in_width);
    T* to = y + pixel * d.to.in_channels;
    T* const end = to + d.to.in_channels;
    for (Index h = 2 * (row - d.border); h < 2 * (row - d.border) + 2; ++h) {
      for (Index w = 2 * (column - d.border); w < 2 * (column - d.border) + 2; ++w) {
        const bool inside = h >= 0 && h < d.from.in_height && w >= 0 && w < d.from.in_width;
        const T* const source =
            x + ((image * d.from.in_height + h) * d.from.in_width + w) * d.from.in_channels;
        for (Index c = 0; c < d.from.in_channels; ++c) *to++ = inside ? source[c] : T(0);
      }
    }
    while (to != end) *to++ = T(0);
  });
}

/// The element of the weight that element i of `to`'s weight is; below 0: none.
[[nodiscard]] OSTEON_HOST_DEVICE inline Index weight_at(const SpaceToDepth& s, Index i) {
  const Index c = i % s.to.in_channels, tap = i / s.to.in_channels % (s.to.kernel * s.to.kernel);
  const Index part = c / s.from.in_channels;
  const Index h = 2 * (tap / s.to.kernel) + part / 2 - s.shift;
  const Index w = 2 * (tap % s.to.kernel) + part % 2 - s.shift;
  if (part >= 4 || h < 0 || h >= s.from.kernel || w < 0 || w >= s.from.kernel) return -1;
  return (i / s.to.patch() * s.from.kernel + h) * s.from.kernel * s.from.in_channels +
         w * s.from.in_channels + c % s.from.in_channels;
}

/// Writes the weight of `s.to`.
template <class T>
void weight_to_depth(const SpaceToDepth& s, const T* weight, T* to) {
  const SpaceToDepth d = s;
  transform(d.to.weights(), to, [=] OSTEON_KERNEL(Index i) {
    const Index at = weight_at(d, i);
    return at < 0 ? T(0) : weight[at];
  });
}

/// dweight += what the gradient of `s.to`'s weight is for it.
template <class T>
void add_weight_from_depth(const SpaceToDepth& s, const T* gradient, ComputeType<T>* dweight) {
  const SpaceToDepth d = s;
  for_each_index(d.to.weights(), [=] OSTEON_KERNEL(Index i) {
    const Index at = weight_at(d, i);
    if (at >= 0) dweight[at] += static_cast<ComputeType<T>>(gradient[i]);
  });
}

}  // namespace osteon::gpu
