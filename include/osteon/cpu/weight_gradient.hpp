// The gradient of a convolution's weight on the CPU, summed directly, over channels-last memory.
//
// For a tap it is a matrix product over rows (output pixels), dy' x: a register tile holds a few
// filters times two vectors of channels. With few channels it is turned round: a few numbers of a
// window's row times two vectors of filters.
#pragma once

#include <osteon/core/geometry.hpp>
#include <osteon/cpu/conv2d_sweep.hpp>
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

/// Output pixels [first, last) of the batch.
struct Rows {
  Index first, last;
};

/// One tap's part of dweight, filters [begin, end), summed over some rows.
template <class T>
void gradient_of_tap(const Conv2dGeometry& g, Index tap, const Rows& rows, Index begin, Index end,
                     const T* x, const T* dy, T* dweight) {
  constexpr Index width = tile_width<T>;
  Sweep s = forward_sweep(g);  // of this tap alone
  s.down += tap / g.kernel;
  s.right += tap % g.kernel;
  s.tap_rows = s.tap_columns = 1;
  const T* zeros = zero_row<T>(g.in_channels);
  std::array<const T*, static_cast<std::size_t>(gradient_rows)> pixels;
  GridPoint at(s, rows.first);
  for (Index first = rows.first; first < rows.last; first += gradient_rows) {
    const Index count = std::min(gradient_rows, rows.last - first);
    for (Index r = 0; r < count; ++r, at.advance(s)) {
      at.find_pixels(s, x, zeros, 1, pixels.data() + r);
    }
    for (Index column = 0; column < g.in_channels; column += width) {
      const Index columns = std::min(width, g.in_channels - column);
      for (Index filter = begin; filter < end; filter += gradient_filters) {
        const T* gradient = dy + first * g.out_channels + filter;
        T* to = dweight + filter * g.patch() + tap * g.in_channels + column;
        if (g.in_channels >= width && filter + gradient_filters <= end) {
          // The last tile reaches back over columns that are done.
          const Index back = width - columns;
          gradient_tile(g, count, pixels.data(), gradient, column - back, back, to - back);
        } else {
          gradient_rest(g, count, pixels.data(), gradient,
                        std::min<Index>(gradient_filters, end - filter), column, columns, to);
        }
      }
    }
  }
}

/// Tasks that sum into memory of their own, `size` numbers each: sum(task, sums) for each; then
/// target(i) += their sums, in order.
template <class T, class Sum, class Target>
void sum_of_tasks(Index tasks, Index size, const Sum& sum, const Target& target) {
  T* const sums = shared_scratch<T, 2>(tasks * size);
  parallel_for(tasks, [&](Index task) {
    std::fill_n(sums + task * size, size, T(0));
    sum(task, sums + task * size);
  });
  parallel_ranges(size, 1024, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      T total = 0;
      for (Index task = 0; task < tasks; ++task) total += sums[task * size + i];
      target(i) += total;
    }
  });
}

/// dweight += the gradient of a pointwise convolution: each task takes some of the rows.
template <class T>
void pointwise_weight_gradient(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  const Index tasks = std::clamp<Index>(g.rows() / gradient_rows, 1, 16);
  sum_of_tasks<T>(
      tasks, g.weights(),
      [&](Index task, T* sums) {
        const Rows rows{task * g.rows() / tasks, (task + 1) * g.rows() / tasks};
        gradient_of_tap(g, 0, rows, 0, g.out_channels, x, dy, sums);
      },
      [&](Index i) -> T& { return dweight[i]; });
}

/// dweight += the gradient; each task a tap and some of the filters, at least 16 tasks. All taps
/// read the same memory: a few samples at a time, so that it stays in the cache.
template <class T>
void direct_weight_gradient(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  if (g.kernel == 1 && g.weights() <= Index{1} << 14) {
    return pointwise_weight_gradient(g, x, dy, dweight);
  }
  const Index taps = g.kernel * g.kernel;
  const Index parts = std::clamp<Index>((16 + taps - 1) / taps, 1,
                                        std::max<Index>(1, g.out_channels / gradient_filters));
  const Index filters =
      (g.out_channels / parts + gradient_filters - 1) / gradient_filters * gradient_filters;
  const Index blocks = (g.out_channels + filters - 1) / filters;
  const Index of_sample = g.out_height * g.out_width;
  const Index size = g.in_height * g.in_width * g.in_channels + of_sample * g.out_channels;
  const Index samples = std::clamp<Index>((Index{1} << 20) / size, 1, g.batch);
  for (Index first = 0; first < g.batch; first += samples) {
    const Rows rows{first * of_sample, std::min(g.batch, first + samples) * of_sample};
    parallel_for(taps * blocks, [&](Index i) {
      const Index begin = i % blocks * filters;
      gradient_of_tap(g, i / blocks, rows, begin, std::min(g.out_channels, begin + filters), x, dy,
                      dweight);
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
  sum_of_tasks<T>(
      tasks, g.weights(),
      [&](Index task, T* sums) {
        for (Index line = task * lines / tasks; line < (task + 1) * lines / tasks; ++line) {
          const Index sample = line / g.out_height;
          for (Index kh = 0; kh < g.kernel; ++kh) {
            const Index h = line % g.out_height * g.stride + kh;
            const T* from =
                padded + (sample * s.source_height + h) * s.source_width * s.source_channels;
            window_gradient(s, g.out_width, from, g.stride * g.in_channels,
                            dy + line * g.out_width * g.out_channels,
                            sums + kh * s.depth * g.out_channels);
          }
        }
      },
      // (patch, filter) is (filter, patch) in the weight.
      [&](Index i) -> T& { return dweight[i % g.out_channels * g.patch() + i / g.out_channels]; });
}

}  // namespace osteon::cpu
