// The gradient of a convolution's weight on the CPU, summed directly, over channels-last memory.
//
// For a tap it is a matrix product over rows (output pixels), dy' x: a register tile holds a few
// filters times two vectors of channels. With few channels it is turned round: a few numbers of a
// window's row times two vectors of filters.
#pragma once

#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>
#include <osteon/cpu/sweep.hpp>

#include <algorithm>
#include <array>

namespace osteon::cpu {

/// Rows of x and dy that are summed in registers before they are added to memory.
inline constexpr Index gradient_rows = 256;
/// Filters of a tile.
inline constexpr int gradient_filters = tile_rows >= 8 ? 8 : 4;

/// dweight[filter .. filter + gradient_filters)[column .. column + width) += sum over rows of
/// dy(row, filter) x(row, column); the first `skip` columns have been added already.
template <class T>
void gradient_tile(const Conv2dGeometry& g, Index rows, const T* const* pixels, const T* dy,
                   Index column, Index skip, T* dweight) {
  constexpr Index half = Simd<T>::width;
  Tile<T, gradient_filters> tile;
  for (Index row = 0; row < rows; ++row, dy += g.out_channels) {
    const T* x = pixels[row] + column;
    tile.add(load(x), load(x + half), [&](int r) { return dy[r]; });
  }
  for (int r = 0; r < gradient_filters; ++r) {
    T* to = dweight + r * g.patch();
    if (skip > 0) {
      std::array<T, static_cast<std::size_t>(2 * half)> sums;
      store(sums.data(), tile.sums[r][0]);
      store(sums.data() + half, tile.sums[r][1]);
      for (Index c = skip; c < 2 * half; ++c) to[c] += sums[static_cast<std::size_t>(c)];
      continue;
    }
    store(to, load(to) + tile.sums[r][0]);
    store(to + half, load(to + half) + tile.sums[r][1]);
  }
}

/// The same for what is left of the filters and columns.
template <class T>
void gradient_rest(const Conv2dGeometry& g, Index rows, const T* const* pixels, const T* dy,
                   Index filters, Index column, Index columns, T* dweight) {
  for (Index row = 0; row < rows; ++row, dy += g.out_channels) {
    const T* x = pixels[row] + column;
    for (Index f = 0; f < filters; ++f) {
      for (Index c = 0; c < columns; ++c) dweight[f * g.patch() + c] += dy[f] * x[c];
    }
  }
}

/// One tap's part of dweight, filters [begin, end).
template <class T>
void gradient_of_tap(const Conv2dGeometry& g, Index tap, Index begin, Index end, const T* x,
                     const T* dy, T* dweight) {
  constexpr Index width = tile_width<T>;
  Sweep s = forward_sweep(g);  // of this tap alone
  s.down += tap / g.kernel;
  s.right += tap % g.kernel;
  s.tap_rows = s.tap_columns = 1;
  const T* zeros = zero_row<T>(g.in_channels);
  std::array<const T*, static_cast<std::size_t>(gradient_rows)> pixels;
  GridPoint at(s, 0);
  for (Index first = 0; first < g.rows(); first += gradient_rows) {
    const Index rows = std::min(gradient_rows, g.rows() - first);
    for (Index r = 0; r < rows; ++r, at.advance(s))
      at.find_pixels(s, x, zeros, 1, pixels.data() + r);
    for (Index column = 0; column < g.in_channels; column += width) {
      const Index columns = std::min(width, g.in_channels - column);
      for (Index filter = begin; filter < end; filter += gradient_filters) {
        const T* gradient = dy + first * g.out_channels + filter;
        T* to = dweight + filter * g.patch() + tap * g.in_channels + column;
        if (g.in_channels >= width && filter + gradient_filters <= end) {
          // The last tile reaches back over columns that are done.
          const Index back = width - columns;
          gradient_tile(g, rows, pixels.data(), gradient, column - back, back, to - back);
        } else {
          gradient_rest(g, rows, pixels.data(), gradient,
                        std::min<Index>(gradient_filters, end - filter), column, columns, to);
        }
      }
    }
  }
}

/// dweight += the gradient; each task a tap and some of the filters, at least 16 tasks. All taps
/// read the same memory: a few samples at a time, so that it stays in the cache.
template <class T>
void direct_weight_gradient(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  const Index taps = g.kernel * g.kernel;
  const Index parts = std::clamp<Index>((16 + taps - 1) / taps, 1,
                                        std::max<Index>(1, g.out_channels / gradient_filters));
  const Index filters =
      (g.out_channels / parts + gradient_filters - 1) / gradient_filters * gradient_filters;
  const Index blocks = (g.out_channels + filters - 1) / filters;
  const Index x_size = g.in_height * g.in_width * g.in_channels;
  const Index dy_size = g.out_height * g.out_width * g.out_channels;
  Conv2dGeometry group = g;
  group.batch = std::clamp<Index>((Index{1} << 20) / (x_size + dy_size), 1, g.batch);
  for (Index first = 0; first < g.batch; first += group.batch) {
    group.batch = std::min(group.batch, g.batch - first);
    parallel_for(taps * blocks, [&](Index i) {
      const Index begin = i % blocks * filters;
      gradient_of_tap(group, i / blocks, begin, std::min(g.out_channels, begin + filters),
                      x + first * x_size, dy + first * dy_size, dweight);
    });
  }
}

/// Numbers of a window's row that a turned tile holds: three tiles for seven pixels of three
/// channels.
inline constexpr int window_numbers = 7;

/// Adds `count` consecutive outputs of one image row to sums(kh, number, filter): numbers of a
/// window's row lie at `x`, for each next output `step` further.
template <class T>
void window_gradient(const Sweep& s, Index count, const T* x, Index step, const T* dy, T* sums) {
  constexpr Index half = Simd<T>::width;
  const Index filters = s.target_channels;
  for (Index first = 0; first < s.depth; first += window_numbers) {
    for (Index filter = 0; filter < filters; filter += 2 * half) {
      Tile<T, window_numbers> tile;
      const T* numbers = x + first;
      const T* gradient = dy + filter;
      for (Index n = 0; n < count; ++n, numbers += step, gradient += filters) {
        tile.add(load(gradient), load(gradient + half), [&](int r) { return numbers[r]; });
      }
      const Index used = std::min<Index>(window_numbers, s.depth - first);
      for (Index r = 0; r < used; ++r) {
        T* to = sums + (first + r) * filters + filter;
        store(to, load(to) + tile.sums[r][0]);
        store(to + half, load(to + half) + tile.sums[r][1]);
      }
    }
  }
}

/// dweight += the gradient over images with the padding in them (few channels): `g` is of these
/// images alone. Each task takes some of the rows of outputs into sums of its own; the tasks are
/// added in order.
template <class T>
void padded_weight_gradient(const Conv2dGeometry& g, const T* padded, const T* dy, T* dweight) {
  const Sweep s = padded_sweep(g);
  const Index lines = g.batch * g.out_height;
  const Index tasks = std::min<Index>(16, lines);
  const Index size = g.weights();
  T* const sums = shared_scratch<T, 2>(tasks * size);
  parallel_for(tasks, [&](Index task) {
    T* const of_task = sums + task * size;
    std::fill_n(of_task, size, T(0));
    for (Index line = task * lines / tasks; line < (task + 1) * lines / tasks; ++line) {
      const Index sample = line / g.out_height;
      for (Index kh = 0; kh < g.kernel; ++kh) {
        const Index h = line % g.out_height * g.stride + kh;
        const T* x = padded + (sample * s.source_height + h) * s.source_width * s.source_channels;
        window_gradient(s, g.out_width, x, g.stride * g.in_channels,
                        dy + line * g.out_width * g.out_channels,
                        of_task + kh * s.depth * g.out_channels);
      }
    }
  });
  parallel_for(g.out_channels, [&](Index o) {
    for (Index d = 0; d < g.patch(); ++d) {
      T sum = 0;
      for (Index task = 0; task < tasks; ++task) sum += sums[task * size + d * g.out_channels + o];
      dweight[o * g.patch() + d] += sum;
    }
  });
}

}  // namespace osteon::cpu
