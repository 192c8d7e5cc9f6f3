// The gradient of a convolution's weight on the CPU, summed directly, over channels-last memory.
//
// For a tap it is a matrix product over rows (output pixels), dy' x: a register tile holds a few
// filters times two vectors of channels. What a tap reads of these channels is copied together
// first, so that it stays in the nearest cache for all filters. With few channels it is turned
// round: a few numbers of a window's row times two vectors of filters.
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

/// A part of a convolution's weight: one tap's channels and filters.
struct WeightPart {
  Index tap;
  Index first_channel, last_channel;
  Index first_filter, last_filter;
};

/// to(i) += sums(i) behind the first `skip`. Not inlined: it is rare, and would be there for each
/// filter of a tile.
template <class T>
[[gnu::noinline]] void add_rest(const T* sums, Index skip, T* to) {
  for (Index c = skip; c < tile_width<T>; ++c) to[c] += sums[c];
}

/// dweight(filter, column) += sum over rows of dy(row, filter) x(row, column), for the filters of a
/// tile; x is packed, (rows, width). The first `skip` columns have been added already.
template <class T>
void gradient_tile(const Conv2dGeometry& g, Index rows, const T* x, const T* dy, Index skip,
                   T* dweight) {
  constexpr Index half = Simd<T>::width;
  Tile<T, gradient_filters> tile;
  for (int r = 0; r < gradient_filters; ++r) {  // what is added to in the end
    __builtin_prefetch(dweight + r * g.patch(), 1);
    __builtin_prefetch(dweight + r * g.patch() + half, 1);
  }
  OSTEON_UNROLL_STEPS
  for (Index row = 0; row < rows; ++row, x += 2 * half, dy += g.out_channels) {
    tile.add(load(x), load(x + half), [&](int r) { return dy[r]; });
  }
  tile.for_each_row([&](int r, Vector<T> low, Vector<T> high) __attribute__((always_inline)) {
    T* const to = dweight + r * g.patch();
    if (skip > 0) {
      T sums[static_cast<std::size_t>(2 * half)];
      store(sums, low);
      store(sums + half, high);
      add_rest(sums, skip, to);
      return;
    }
    store(to, load(to) + low);
    store(to + half, load(to + half) + high);
  });
}

/// The same for what is left of the filters and columns.
template <class T>
void gradient_rest(const Conv2dGeometry& g, Index rows, const T* x, const T* dy, Index filters,
                   Index columns, T* dweight) {
  for (Index row = 0; row < rows; ++row, x += tile_width<T>, dy += g.out_channels) {
    for (Index f = 0; f < filters; ++f) {
      for (Index c = 0; c < columns; ++c) dweight[f * g.patch() + c] += dy[f] * x[c];
    }
  }
}

/// Output pixels [first, last) of the batch.
struct Rows {
  Index first, last;
};

/// packed(row, width) = `columns` channels, from `channel` on, of the pixel that the sweep's only
/// tap reads, for each of some rows.
template <class T>
void pack_pixels(const Sweep& s, const Rows& rows, const T* x, Index channel, Index columns,
                 T* packed) {
  constexpr Index half = Simd<T>::width;
  const T* const zeros = zero_row<T>(columns);
  for (Index row = rows.first; row < rows.last;) {
    const GridPoint at(s, row);
    const bool on_image = on_side(at.source_top(s), s.source_height);
    Index left = at.source_left(s);
    const T* from = at.origin(s, x) + channel;
    const Index end = std::min(rows.last, row + s.grid_width - at.left);  // of the image's line
    for (; row < end; ++row, packed += 2 * half) {
      const T* const pixel = on_image && on_side(left, s.source_width) ? from : zeros;
      if (columns == 2 * half) {
        store(packed, load(pixel));
        store(packed + half, load(pixel + half));
      } else {
        std::copy_n(pixel, columns, packed);
      }
      left += s.source_step;
      from += s.source_step * s.source_channels;
    }
  }
}

/// A part of dweight, summed over some rows. `packed` is memory for (gradient_rows, width) numbers.
template <class T>
void gradient_of_part(const Conv2dGeometry& g, const WeightPart& part, const Rows& rows, const T* x,
                      const T* dy, T* packed, T* dweight) {
  constexpr Index width = tile_width<T>;
  Sweep s = forward_sweep(g);  // of this tap alone
  s.down += part.tap / g.kernel;
  s.right += part.tap % g.kernel;
  s.tap_rows = s.tap_columns = 1;
  for (Index first = rows.first; first < rows.last; first += gradient_rows) {
    const Index count = std::min(gradient_rows, rows.last - first);
    for (Index channel = part.first_channel; channel < part.last_channel; channel += width) {
      const Index columns = std::min(width, part.last_channel - channel);
      // The last tile reaches back over columns that are done.
      const Index back = channel + columns >= width ? width - columns : 0;
      const bool tiled = columns + back == width;
      pack_pixels(s, {first, first + count}, x, channel - back, columns + back, packed);
      for (Index filter = part.first_filter; filter < part.last_filter;
           filter += gradient_filters) {
        const Index filters = std::min<Index>(gradient_filters, part.last_filter - filter);
        const T* gradient = dy + first * g.out_channels + filter;
        T* to = dweight + filter * g.patch() + part.tap * g.in_channels + channel;
        if (tiled && filters == gradient_filters) {
          gradient_tile(g, count, packed, gradient, back, to - back);
        } else {
          gradient_rest(g, count, packed + back, gradient, filters, columns, to);
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
  const ThreadScratch<T> packed(gradient_rows * tile_width<T>);
  sum_of_tasks<T>(
      tasks, g.weights(),
      [&](Index task, T* sums) {
        const Rows rows{task * g.rows() / tasks, (task + 1) * g.rows() / tasks};
        gradient_of_part(g, {0, 0, g.in_channels, 0, g.out_channels}, rows, x, dy, packed.mine(),
                         sums);
      },
      [&](Index i) -> T& { return dweight[i]; });
}

/// dweight += the gradient; each task a tap, a tile's channels and some of the filters, at least 16
/// tasks. All of them read the same memory: so many rows at a time as fill half a megabyte (in
/// float), which the second-level cache holds.
template <class T>
void direct_weight_gradient(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  if (g.kernel == 1 && g.weights() <= Index{1} << 14) {
    return pointwise_weight_gradient(g, x, dy, dweight);
  }
  constexpr Index width = tile_width<T>;
  const Index strips = (g.in_channels + width - 1) / width;
  const Index columns = g.kernel * g.kernel * strips;
  const Index parts = std::clamp<Index>((16 + columns - 1) / columns, 1,
                                        std::max<Index>(1, g.out_channels / gradient_filters));
  const Index filters =
      (g.out_channels / parts + gradient_filters - 1) / gradient_filters * gradient_filters;
  const Index blocks = (g.out_channels + filters - 1) / filters;
  const Index row_size = g.stride * g.stride * g.in_channels + g.out_channels;
  const Index group =
      std::max<Index>(1, (Index{1} << 17) / row_size / gradient_rows) * gradient_rows;
  const ThreadScratch<T> packed(gradient_rows * width);
  for (Index first = 0; first < g.rows(); first += group) {
    const Rows rows{first, std::min(g.rows(), first + group)};
    parallel_for(columns * blocks, [&](Index i) {
      const Index column = i / blocks, filter = i % blocks * filters;
      const Index channel = column % strips * width;
      gradient_of_part(g,
                       {column / strips, channel, std::min(g.in_channels, channel + width), filter,
                        std::min(g.out_channels, filter + filters)},
                       rows, x, dy, packed.mine(), dweight);
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
      tile.for_each_row([&](int r, Vector<T> low, Vector<T> high) __attribute__((always_inline)) {
        if (r >= used) return;
        T* const to = sums + (first + r) * filters + filter;
        store(to, load(to) + low);
        store(to + half, load(to + half) + high);
      });
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
