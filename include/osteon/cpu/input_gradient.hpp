// The gradient of a convolution's input of few channels (an image's three) on the CPU.
//
// Few channels would fill a register tile poorly; all numbers of a patch fill it well. So the
// gradients of the patches that a few output pixels read are computed together, dy' weight, and
// added to where they were read (col2im) while the nearest cache holds them.
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/conv2d_sweep.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>
#include <osteon/cpu/sweep.hpp>

#include <algorithm>
#include <cstddef>

namespace osteon::cpu {

/// Strips of a padded image: the gradients of the patches of some lines of outputs are summed in
/// one. Strips overlap, and are added in the end. At most eight of an image, as they are summed on
/// their own, and of eight lines or more, as they overlap.
struct Strips {
  Index outputs;  // lines of outputs of each
  Index count;    // strips of an image
  Index step;     // lines of the image from one to the next
  Index height;   // lines of each
  Index line;     // numbers of a line

  explicit Strips(const Conv2dGeometry& g)
      : outputs(std::max<Index>(8, (g.out_height + 7) / 8)),
        count((g.out_height + outputs - 1) / outputs),
        step(outputs * g.stride),
        height((outputs - 1) * g.stride + g.kernel),
        line((g.in_width + 2 * g.padding) * g.in_channels) {}

  /// Numbers of a strip, and those behind it that whole vectors reach.
  template <class T>
  [[nodiscard]] Index size() const {
    return height * line + Simd<T>::width;
  }
};

/// col2im: to += the gradients of the patches of `count` neighbours, `pitch` numbers apart. `to` is
/// where the first one was read, in lines of `line` numbers. What lies up to a vector behind a
/// patch is read; behind a row of the image it is read and written as it was, so it must be this
/// thread's.
template <class T>
void add_patches(const Conv2dGeometry& g, Index count, const T* patches, Index pitch, Index line,
                 T* to) {
  // Of 32 bytes at most: where they begin is chance, and longer ones mostly lie across two lines of
  // the cache.
  typedef T Short __attribute__((vector_size(vector_bytes < 32 ? vector_bytes : 32)));
  constexpr Index width = sizeof(Short) / sizeof(T);
  const Index row = g.kernel * g.in_channels;  // of a patch: consecutive in the image
  const Index step = g.stride * g.in_channels;
  const Index whole = row / width * width;
  Short rest{};  // 1 in the lanes of a row's last vector that are its own
  for (Index i = whole; i < row; ++i) rest[i - whole] = 1;
  // Neighbours overlap. One after another, each would wait for the last one's stores.
  const Index apart = (row + width - 1 + step - 1) / step;
  for (Index first = 0; first < std::min(apart, count); ++first) {
    for (Index i = 0; i < g.kernel; ++i) {
      for (Index n = first; n < count; n += apart) {
        const T* const from = patches + n * pitch + i * row;
        T* const at = to + i * line + n * step;
        for (Index k = 0; k < whole; k += width)
          write(at + k, read<Short>(at + k) + read<Short>(from + k));
        if (whole == row) continue;
        const Short last = read<Short>(from + whole);
        write(at + whole, read<Short>(at + whole) + (rest > 0 ? last : Short{}));
      }
    }
  }
}

/// sums (of a strip, from the line's first patch on) += the gradients of the patches of one line of
/// outputs, dy (OW, O). `s` goes from outputs to patches, `packed` are its weights; `patches` is
/// memory for a tile of them and a vector more.
template <class T>
void add_line(const Conv2dGeometry& g, const Sweep& s, const T* packed, const T* dy, Index line,
              T* patches, T* sums) {
  constexpr Index width = tile_width<T>;
  const Index tile_size = tile_rows * s.depth;
  const Index blocks = s.target_channels / width;
  const Index fetched_per_block = (tile_size + blocks - 1) / blocks;
  for (Index left = 0; left < g.out_width; left += tile_rows, dy += tile_size) {
    GridPoint start;
    RowTile<T> tile;
    tile.take(s, start, g.out_width - left, dy, patches);
    const T* next = dy + tile_size;
    for (Index block = 0; block < blocks; ++block, next += fetched_per_block) {
      for (Index i = 0; i < fetched_per_block; i += Simd<T>::width) __builtin_prefetch(next + i);
      sweep_tile<true, T>(s, tile, nullptr, packed + block * width * s.depth, Epilogue<T>{},
                          block * width, patches);
    }
    add_patches(g, tile.count, patches, s.target_channels, line,
                sums + left * g.stride * g.in_channels);
  }
}

/// dx (N, H, W, C) = the gradient of x, or dx += with `add`, patch by patch, from dy (N, OH, OW, O)
/// and the weight (O, kernel, kernel, C).
template <class T>
void patch_input_gradient(const Conv2dGeometry& g, const T* dy, const T* weight, bool add, T* dx) {
  constexpr Index width = tile_width<T>;
  // From a line of outputs to their patches: a pointwise convolution's gradient. The weights end
  // with zeros, so that whole vectors can be stored.
  const Conv2dGeometry pointwise{.batch = 1,
                                 .in_channels = g.patch(),
                                 .in_height = 1,
                                 .in_width = g.out_width,
                                 .out_channels = g.out_channels,
                                 .out_height = 1,
                                 .out_width = g.out_width,
                                 .kernel = 1,
                                 .stride = 1,
                                 .padding = 0};
  Sweep s = backward_sweep(pointwise, 0, 0);
  T* const packed = shared_scratch<T>(packed_size<T>(s));
  pack_backward(pointwise, s, weight, packed);
  s.target_channels = (g.patch() + width - 1) / width * width;

  const Strips strips(g);
  const Index strip_size = strips.size<T>();
  const Index image_size = strips.count * strip_size;
  // Samples whose sums the second-level caches hold, and enough for all threads: each is summed on
  // its own, so the result is the same for any number.
  const Index wanted = std::max<Index>((Index{1} << 19) / image_size,
                                       (4 * num_threads() + strips.count - 1) / strips.count);
  const Index samples = std::max<Index>(1, std::min(wanted, g.batch));
  T* const sums = shared_scratch<T, 1>(samples * image_size);
  const ThreadScratch<T> patches(tile_rows * s.target_channels + width);
  for (Index first = 0; first < g.batch; first += samples) {
    const Index count = std::min(samples, g.batch - first);
    parallel_for(count * strips.count, [&](Index task) {
      T* const strip = sums + task * strip_size;
      std::fill_n(strip, strip_size, T(0));
      const Index sample = first + task / strips.count, top = task % strips.count * strips.outputs;
      for (Index h = top; h < std::min(g.out_height, top + strips.outputs); ++h) {
        const Index pixel = (sample * g.out_height + h) * g.out_width;
        add_line(g, s, packed, dy + pixel * g.out_channels, strips.line, patches.mine(),
                 strip + (h - top) * g.stride * strips.line);
      }
    });
    parallel_for(count * g.in_height, [&](Index row) {
      const Index line = g.in_width * g.in_channels;
      T* const to = dx + (first * g.in_height + row) * line;
      if (!add) std::fill_n(to, line, T(0));
      const Index h = row % g.in_height + g.padding;
      for (Index strip = 0; strip < strips.count && h >= strip * strips.step; ++strip) {
        const Index at = h - strip * strips.step;
        if (at >= strips.height) continue;
        const T* const from = sums + row / g.in_height * image_size + strip * strip_size +
                              at * strips.line + g.padding * g.in_channels;
        for (Index i = 0; i < line; ++i) to[i] += from[i];
      }
    });
  }
}

}  // namespace osteon::cpu
