// A convolution, and the gradient of its input, as sweeps; the weights in the order in which they
// are read.
//
// The gradient of the input is the same computation over dy with the taps turned round. Few
// channels (an image's three) make a poor inner loop: then the image is copied into one with the
// padding in it, where a row of the window is consecutive memory and counts as one tap.
#pragma once

#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>
#include <osteon/cpu/sweep.hpp>

#include <algorithm>

namespace osteon::cpu {

/// Forward as a sweep: rows are output pixels.
inline Sweep forward_sweep(const Conv2dGeometry& g) {
  return {g.batch,
          g.out_height,
          g.out_width,
          g.in_height,
          g.in_width,
          g.in_channels,
          g.stride,
          g.out_height,
          g.out_width,
          g.out_channels,
          1,
          0,
          0,
          g.kernel,
          g.kernel,
          -g.padding,
          -g.padding,
          1,
          g.in_channels};
}

/// Whether rows of the window are taken together, over images with the padding in them.
template <class T>
bool sweeps_padded(const Conv2dGeometry& g) {
  return g.kernel > 1 && g.in_channels < Simd<T>::width;
}

/// The same over images with the padding in them: a row of the window is one tap.
inline Sweep padded_sweep(const Conv2dGeometry& g) {
  Sweep s = forward_sweep(g);
  s.source_height += 2 * g.padding;
  s.source_width += 2 * g.padding;
  s.down = s.right = 0;
  s.tap_columns = 1;
  s.depth = g.kernel * g.in_channels;
  return s;
}

/// Images [first, first + count) with zeros around them. A few numbers behind the last one may be
/// read.
template <class T>
const T* pad_images(const Conv2dGeometry& g, Index first, Index count, const T* x) {
  const Index height = g.in_height + 2 * g.padding;
  const Index line = (g.in_width + 2 * g.padding) * g.in_channels;
  const Index side = g.padding * g.in_channels;
  const Index inside = g.in_width * g.in_channels;
  T* const padded = shared_scratch<T, 1>(count * height * line + tile_rows);
  parallel_ranges(count * height, 64, [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      const Index h = row % height - g.padding;
      T* const to = padded + row * line;
      if (h < 0 || h >= g.in_height) {
        std::fill_n(to, line, T(0));
        continue;
      }
      std::fill_n(to, side, T(0));
      std::copy_n(x + ((first + row / height) * g.in_height + h) * inside, inside, to + side);
      std::fill_n(to + side + inside, side, T(0));
    }
  });
  return padded;
}

/// body(group's geometry, first sample, padded images) for groups of samples that fit into a few
/// megabytes.
template <class T, class Body>
void for_each_padded_group(const Conv2dGeometry& g, const T* x, const Body& body) {
  const Index size = g.in_channels * (g.in_height + 2 * g.padding) * (g.in_width + 2 * g.padding);
  const Index samples = std::max<Index>(1, std::min((Index{1} << 20) / size, g.batch));
  for (Index first = 0; first < g.batch; first += samples) {
    Conv2dGeometry group = g;
    group.batch = std::min(samples, g.batch - first);
    body(group, first, pad_images(g, first, group.batch, x));
  }
}

/// The weight (O, taps, C) as (blocks of O, taps, C, width), zeros behind the last output.
template <class T>
void pack_forward(const Conv2dGeometry& g, const T* weight, T* packed) {
  constexpr Index half = Simd<T>::width;
  constexpr Index width = tile_width<T>;
  const Index depth = g.patch();
  const Index blocks = (g.out_channels + width - 1) / width;
  constexpr Index strip = 64;  // of the depth: a strip of `width` filters stays in the cache
  const Index strips = (depth + strip - 1) / strip;
  parallel_for(blocks * strips, [&](Index i) {
    const Index block = i / strips;
    const Index end = std::min(depth, (i % strips + 1) * strip);
    Index begin = i % strips * strip;
    const T* from = weight + block * width * depth + begin;
    T* to = packed + (block * depth + begin) * width;
    if ((block + 1) * width <= g.out_channels) {  // squares of vectors, two beside each other
      for (; begin + half <= end; begin += half, from += half, to += half * width) {
        for (Index j = 0; j < 2; ++j) {
          Vector<T> square[half];
          OSTEON_UNROLL
          for (Index o = 0; o < half; ++o) square[o] = load(from + (j * half + o) * depth);
          transpose<T>(square);
          OSTEON_UNROLL
          for (Index d = 0; d < half; ++d) store(to + d * width + j * half, square[d]);
        }
      }
    }
    for (; begin < end; ++begin, ++from, to += width) {
      for (Index o = 0; o < width; ++o)
        to[o] = block * width + o < g.out_channels ? from[o * depth] : T(0);
    }
  });
}

/// The gradient of the inputs whose coordinates are (top, left) modulo the stride, as a sweep over
/// dy: exactly the taps that reach them.
inline Sweep backward_sweep(const Conv2dGeometry& g, Index top, Index left) {
  const auto grid = [&](Index size, Index at) { return (size - at + g.stride - 1) / g.stride; };
  const auto first_tap = [&](Index at) { return (at + g.padding) % g.stride; };
  const auto taps = [&](Index at) { return (g.kernel - first_tap(at) + g.stride - 1) / g.stride; };
  const auto origin = [&](Index at) { return (at + g.padding - first_tap(at)) / g.stride; };
  return {g.batch,
          grid(g.in_height, top),
          grid(g.in_width, left),
          g.out_height,
          g.out_width,
          g.out_channels,
          1,
          g.in_height,
          g.in_width,
          g.in_channels,
          g.stride,
          top,
          left,
          taps(top),
          taps(left),
          origin(top),
          origin(left),
          -1,
          g.out_channels};
}

/// The taps of that sweep, turned round, as (blocks of C, taps, O, width).
template <class T>
void pack_backward(const Conv2dGeometry& g, const Sweep& s, const T* weight, T* packed) {
  constexpr Index width = tile_width<T>;
  const Index blocks = (g.in_channels + width - 1) / width;
  const Index down = (s.target_top + g.padding) % g.stride;
  const Index right = (s.target_left + g.padding) % g.stride;
  parallel_for(blocks * s.taps(), [&](Index i) {
    const Index first = i / s.taps() * width;
    const Index columns = std::min(width, g.in_channels - first);
    const Index tap = i % s.taps();
    const Index kh = down + tap / s.tap_columns * g.stride;
    const Index kw = right + tap % s.tap_columns * g.stride;
    const T* from = weight + (kh * g.kernel + kw) * g.in_channels + first;
    T* to = packed + i * g.out_channels * width;
    for (Index o = 0; o < g.out_channels; ++o, to += width) {
      std::copy_n(from + o * g.patch(), columns, to);
      std::fill(to + columns, to + width, T(0));
    }
  });
}

}  // namespace osteon::cpu
