// Convolution on the CPU over channels-last memory: direct here; winograd.hpp takes what it is
// faster at.
//
// x is (N, H, W, C); the weight is (O, kernel, kernel, C): PyTorch's (O, C, kernel, kernel) in
// channels_last; y is (N, OH, OW, O). A row is one output pixel. A register tile sums a few rows
// times two vectors of outputs over all taps and channels: each step broadcasts one channel of each
// row against two vectors of weights. Rows find their inputs through pointers, and a tap in the
// padding points at zeros, so there are no copies of patches and no special cases at borders. The
// gradient of the input is the same computation over dy with the taps turned round.
//
// Work is cut into tiles that no two threads share, with boundaries that do not depend on the
// number of threads, so neither do the results.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>
#include <osteon/cpu/winograd.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace osteon {
namespace cpu {

/// Where a tap reads, relative to its row's origin, and which part of the weight it multiplies.
struct Tap {
  Index down, right;
  Index weight;
};

/// Rows on a grid that read pixels of a source and write pixels of a target.
struct Sweep {
  Index batch;
  Index grid_height, grid_width;  // rows of a sample
  Index source_height, source_width, source_channels;
  Index source_step;  // source pixels from one row to the next
  Index target_height, target_width, target_channels;
  Index target_step, target_top, target_left;  // where on the target the grid lies
  std::vector<Tap> taps;

  [[nodiscard]] Index rows() const { return batch * grid_height * grid_width; }
  [[nodiscard]] Index taps_count() const { return static_cast<Index>(taps.size()); }
  /// Weights of one output.
  [[nodiscard]] Index depth() const { return taps_count() * source_channels; }
};

/// A row's place on the grid.
struct GridPoint {
  Index sample, top, left;
  GridPoint(const Sweep& s, Index row)
      : sample(row / (s.grid_height * s.grid_width)),
        top(row / s.grid_width % s.grid_height),
        left(row % s.grid_width) {}
};

/// The source pixel that `tap` reads for a row, or `zeros` outside.
template <class T>
const T* source_pixel(const Sweep& s, const GridPoint& at, const Tap& tap, const T* source,
                      const T* zeros) {
  const Index h = at.top * s.source_step + tap.down;
  const Index w = at.left * s.source_step + tap.right;
  if (h < 0 || h >= s.source_height || w < 0 || w >= s.source_width) return zeros;
  return source + ((at.sample * s.source_height + h) * s.source_width + w) * s.source_channels;
}

/// One tile: rows [begin, begin + count) times one block of outputs [first, first + width).
/// `pixels` holds tile_rows pointers for each tap; `weights` is the block's, (taps, channels,
/// width).
template <class T>
void sweep_tile(const Sweep& s, const T* const* pixels, const T* weights, const T* bias, bool add,
                Index begin, Index count, Index first, T* target) {
  constexpr Index width = tile_width<T>;
  Tile<T, tile_rows> tile;
  for (Index tap = 0; tap < s.taps_count(); ++tap, pixels += tile_rows) {
    std::array<const T*, tile_rows> row;
    std::copy_n(pixels, tile_rows, row.begin());
    for (Index c = 0; c < s.source_channels; ++c, weights += width) {
      tile.add(load(weights), load(weights + width / 2),
               [&](int r) { return row[static_cast<std::size_t>(r)][c]; });
    }
  }
  const Index columns = std::min(width, s.target_channels - first);
  for (Index r = 0; r < count; ++r) {
    const GridPoint at(s, begin + r);
    const Index h = at.top * s.target_step + s.target_top;
    const Index w = at.left * s.target_step + s.target_left;
    T* out = target + ((at.sample * s.target_height + h) * s.target_width + w) * s.target_channels +
             first;
    std::array<T, static_cast<std::size_t>(width)> sums;
    store(sums.data(), tile.sums[r][0]);
    store(sums.data() + width / 2, tile.sums[r][1]);
    for (Index k = 0; bias != nullptr && k < columns; ++k)
      sums[static_cast<std::size_t>(k)] += bias[first + k];
    for (Index k = 0; add && k < columns; ++k) sums[static_cast<std::size_t>(k)] += out[k];
    std::copy_n(sums.data(), columns, out);
  }
}

/// Runs all rows. `packed` holds the weights as (blocks of outputs, taps, channels, width). With
/// `add`, adds to the target.
template <class T>
void sweep(const Sweep& s, const T* source, const T* packed, const T* bias, bool add, T* target) {
  constexpr Index width = tile_width<T>;
  const Index blocks = (s.target_channels + width - 1) / width;
  const Index block_size = s.depth() * width;
  // A task's weights should stay in the second-level cache while its rows pass.
  const Index cached =
      std::clamp<Index>((Index{1} << 16) / std::max<Index>(block_size, 1), 1, blocks);
  const Index groups = (blocks + cached - 1) / cached;
  const Index rows = s.rows();
  const Index chunk =
      std::clamp<Index>((rows * groups / 16 + tile_rows - 1) / tile_rows, 1, 20) * tile_rows;
  const Index chunks = (rows + chunk - 1) / chunk;
  parallel_for(chunks * groups, [&](Index i) {
    const Index first_block = i / chunks * cached;
    const Index last_block = std::min(blocks, first_block + cached);
    const Index end = std::min(rows, (i % chunks + 1) * chunk);
    const T* zeros = zero_row<T>(s.source_channels);
    const T** pixels = scratch<const T*>(s.taps_count() * tile_rows);
    for (Index begin = i % chunks * chunk; begin < end; begin += tile_rows) {
      const Index count = std::min<Index>(tile_rows, end - begin);
      for (Index r = 0; r < tile_rows; ++r) {
        const GridPoint at(s, std::min(begin + r, end - 1));
        for (Index tap = 0; tap < s.taps_count(); ++tap) {
          pixels[tap * tile_rows + r] =
              source_pixel(s, at, s.taps[static_cast<std::size_t>(tap)], source, zeros);
        }
      }
      for (Index block = first_block; block < last_block; ++block) {
        sweep_tile(s, pixels, packed + block * block_size, bias, add, begin, count, block * width,
                   target);
      }
    }
  });
}

/// The weight (O, taps, C) as (blocks of O, taps, C, width), zeros behind the last output.
template <class T>
const T* pack_forward(const Conv2dGeometry& g, const T* weight) {
  constexpr Index width = tile_width<T>;
  const Index blocks = (g.out_channels + width - 1) / width;
  T* packed = shared_scratch<T>(blocks * width * g.patch());
  constexpr Index strip = 64;  // of the depth: a strip of `width` filters stays in the cache
  const Index strips = (g.patch() + strip - 1) / strip;
  parallel_for(blocks * strips, [&](Index i) {
    const Index block = i / strips;
    const Index begin = i % strips * strip;
    const Index end = std::min(g.patch(), begin + strip);
    T* to = packed + (block * g.patch() + begin) * width;
    for (Index d = begin; d < end; ++d, to += width) {
      for (Index o = 0; o < width; ++o) {
        const Index filter = block * width + o;
        to[o] = filter < g.out_channels ? weight[filter * g.patch() + d] : T(0);
      }
    }
  });
  return packed;
}

/// The weight's given taps, turned round, as (blocks of C, taps, O, width).
template <class T>
const T* pack_backward(const Conv2dGeometry& g, const std::vector<Tap>& taps, const T* weight) {
  constexpr Index width = tile_width<T>;
  const Index blocks = (g.in_channels + width - 1) / width;
  const auto count = static_cast<Index>(taps.size());
  T* packed = shared_scratch<T>(blocks * width * count * g.out_channels);
  parallel_for(blocks * count, [&](Index i) {
    const Index first = i / count * width;
    const Index columns = std::min(width, g.in_channels - first);
    const T* from =
        weight + taps[static_cast<std::size_t>(i % count)].weight * g.in_channels + first;
    T* to = packed + i * g.out_channels * width;
    for (Index o = 0; o < g.out_channels; ++o, to += width) {
      std::copy_n(from + o * g.patch(), columns, to);
      std::fill(to + columns, to + width, T(0));
    }
  });
  return packed;
}

/// Forward as a sweep: rows are output pixels.
inline Sweep forward_sweep(const Conv2dGeometry& g) {
  Sweep s{g.batch,     g.out_height,
          g.out_width, g.in_height,
          g.in_width,  g.in_channels,
          g.stride,    g.out_height,
          g.out_width, g.out_channels,
          1,           0,
          0,           {}};
  for (Index tap = 0; tap < g.kernel * g.kernel; ++tap) {
    s.taps.push_back({tap / g.kernel - g.padding, tap % g.kernel - g.padding, tap});
  }
  return s;
}

/// The gradient of the inputs whose coordinates are (top, left) modulo the stride, as a sweep over
/// dy: exactly the taps that reach them.
inline Sweep backward_sweep(const Conv2dGeometry& g, Index top, Index left) {
  const auto grid = [&](Index size, Index at) { return (size - at + g.stride - 1) / g.stride; };
  Sweep s{g.batch,
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
          {}};
  for (Index kh = 0; kh < g.kernel; ++kh) {
    for (Index kw = 0; kw < g.kernel; ++kw) {
      const Index down = top + g.padding - kh;
      const Index right = left + g.padding - kw;
      if (down % g.stride != 0 || right % g.stride != 0) continue;
      s.taps.push_back({down / g.stride, right / g.stride, kh * g.kernel + kw});
    }
  }
  return s;
}

/// Few channels (an image's three) make a poor inner loop: then the patches are copied out once,
/// and the convolution becomes a pointwise one over them.
template <class T>
bool gathers_patches(const Conv2dGeometry& g) {
  return g.kernel > 1 && g.in_channels < Simd<T>::width;
}

/// The pointwise convolution over the patches of samples [first, first + count).
inline Conv2dGeometry over_patches(const Conv2dGeometry& g, Index count) {
  return {count, g.patch(), g.out_height, g.out_width, g.out_channels, g.out_height, g.out_width, 1,
          1,     0};
}

/// The patches of one sample, (OH OW, patch), zeros in the padding.
template <class T>
void gather_patches(const Conv2dGeometry& g, const T* sample, T* patches) {
  for (Index oh = 0; oh < g.out_height; ++oh) {
    for (Index ow = 0; ow < g.out_width; ++ow) {
      for (Index kh = 0; kh < g.kernel; ++kh) {
        const Index h = oh * g.stride - g.padding + kh;
        const Index left = ow * g.stride - g.padding;
        const Index skip = std::clamp<Index>(-left, 0, g.kernel);
        const Index stop =
            h < 0 || h >= g.in_height ? skip : std::clamp(g.in_width - left, skip, g.kernel);
        const Index c = g.in_channels;
        std::fill_n(patches, skip * c, T(0));
        std::copy_n(sample + (h * g.in_width + left + skip) * c, (stop - skip) * c,
                    patches + skip * c);
        std::fill_n(patches + stop * c, (g.kernel - stop) * c, T(0));
        patches += g.kernel * c;
      }
    }
  }
}

/// Samples whose patches fit into a few megabytes.
inline Index patch_samples(const Conv2dGeometry& g) {
  return std::clamp<Index>((Index{1} << 20) / (g.patch() * g.out_height * g.out_width), 1, g.batch);
}

/// body(first sample, count, their patches) for groups of samples.
template <class T, class Body>
void for_each_patch_group(const Conv2dGeometry& g, const T* x, const Body& body) {
  const Index pixels = g.out_height * g.out_width;
  const Index samples = patch_samples(g);
  T* patches = shared_scratch<T, 1>(samples * pixels * g.patch());
  for (Index first = 0; first < g.batch; first += samples) {
    const Index count = std::min(samples, g.batch - first);
    parallel_for(count, [&](Index n) {
      gather_patches(g, x + (first + n) * g.in_height * g.in_width * g.in_channels,
                     patches + n * pixels * g.patch());
    });
    body(first, count, patches);
  }
}

/// Rows of x and dy that the weight's gradient sums in registers before it adds to memory.
inline constexpr Index gradient_rows = 256;
/// Filters of a tile of the weight's gradient.
inline constexpr int gradient_filters = tile_rows >= 8 ? 8 : 4;

/// dweight[filter .. filter + Filters)[column .. column + width) += sum over rows of
/// dy(row, filter) x(row, column); the first `skip` columns have been added already.
template <class T, int Filters>
void gradient_tile(const Conv2dGeometry& g, Index rows, const T* const* pixels, const T* dy,
                   Index column, Index skip, T* dweight) {
  constexpr Index width = tile_width<T>;
  Tile<T, Filters> tile;
  for (Index row = 0; row < rows; ++row, dy += g.out_channels) {
    const T* x = pixels[row] + column;
    tile.add(load(x), load(x + width / 2), [&](int r) { return dy[r]; });
  }
  for (int r = 0; r < Filters; ++r) {
    T* to = dweight + r * g.patch();
    if (skip > 0) {
      std::array<T, static_cast<std::size_t>(width)> sums;
      store(sums.data(), tile.sums[r][0]);
      store(sums.data() + width / 2, tile.sums[r][1]);
      for (Index c = skip; c < width; ++c) to[c] += sums[static_cast<std::size_t>(c)];
      continue;
    }
    store(to, load(to) + tile.sums[r][0]);
    store(to + width / 2, load(to + width / 2) + tile.sums[r][1]);
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
void gradient_of_tap(const Conv2dGeometry& g, const Sweep& s, const Tap& tap, Index begin,
                     Index end, const T* x, const T* dy, T* dweight) {
  constexpr Index width = tile_width<T>;
  const T* zeros = zero_row<T>(g.in_channels);
  std::array<const T*, static_cast<std::size_t>(gradient_rows)> pixels;
  for (Index first = 0; first < g.rows(); first += gradient_rows) {
    const Index rows = std::min(gradient_rows, g.rows() - first);
    for (Index r = 0; r < rows; ++r) {
      pixels[static_cast<std::size_t>(r)] = source_pixel(s, GridPoint(s, first + r), tap, x, zeros);
    }
    for (Index column = 0; column < g.in_channels; column += width) {
      const Index columns = std::min(width, g.in_channels - column);
      for (Index filter = begin; filter < end; filter += gradient_filters) {
        const T* gradient = dy + first * g.out_channels + filter;
        T* to = dweight + filter * g.patch() + tap.weight * g.in_channels + column;
        if (g.in_channels >= width && filter + gradient_filters <= end) {
          // The last tile reaches back over columns that are done.
          const Index back = width - columns;
          gradient_tile<T, gradient_filters>(g, rows, pixels.data(), gradient, column - back, back,
                                             to - back);
        } else {
          gradient_rest(g, rows, pixels.data(), gradient,
                        std::min<Index>(gradient_filters, end - filter), column, columns, to);
        }
      }
    }
  }
}

}  // namespace cpu

/// y = conv(x, weight) + bias; bias may be null.
template <class T>
void conv2d_forward(Cpu, const Conv2dGeometry& g, const T* x, const T* weight, const T* bias,
                    T* y) {
  if (cpu::winograd::pays<T>(g)) {
    T* const u = cpu::winograd::weights_scratch<T>(g);
    cpu::winograd::transform_weight(g, weight, u);
    return cpu::winograd::convolve(g, x, u, {.bias = bias}, y);
  }
  const T* packed = cpu::pack_forward(g, weight);
  if (!cpu::gathers_patches<T>(g)) {
    cpu::sweep(cpu::forward_sweep(g), x, packed, bias, false, y);
    return;
  }
  cpu::for_each_patch_group(g, x, [&](Index first, Index count, const T* patches) {
    cpu::sweep(cpu::forward_sweep(cpu::over_patches(g, count)), patches, packed, bias, false,
               y + first * g.out_height * g.out_width * g.out_channels);
  });
}

/// dx = the gradient of x, or dx += with `add`.
template <class T>
void conv2d_backward_input(Cpu, const Conv2dGeometry& g, const T* dy, const T* weight, T* dx,
                           bool add = false) {
  if (cpu::winograd::pays<T>(g)) {
    T* const u = cpu::winograd::weights_scratch<T>(g);
    cpu::winograd::transform_weight_backward(g, weight, u);
    return cpu::winograd::convolve(cpu::winograd::turned_round(g), dy, u,
                                   {.addend = add ? dx : nullptr}, dx);
  }
  for (Index top = 0; top < std::min(g.stride, g.in_height); ++top) {
    for (Index left = 0; left < std::min(g.stride, g.in_width); ++left) {
      const cpu::Sweep s = cpu::backward_sweep(g, top, left);
      if (add && s.taps.empty()) continue;
      cpu::sweep(s, dy, cpu::pack_backward(g, s.taps, weight), static_cast<const T*>(nullptr), add,
                 dx);
    }
  }
}

/// dweight += the gradient of the weight; dbias += that of the bias, if not null.
template <class T>
void conv2d_backward_weight(Cpu, const Conv2dGeometry& g, const T* x, const T* dy, T* dweight,
                            T* dbias) {
  if (cpu::gathers_patches<T>(g)) {
    cpu::for_each_patch_group(g, x, [&](Index first, Index count, const T* patches) {
      conv2d_backward_weight(Cpu{}, cpu::over_patches(g, count), patches,
                             dy + first * g.out_height * g.out_width * g.out_channels, dweight,
                             static_cast<T*>(nullptr));
    });
  } else if (cpu::winograd::pays<T>(g)) {
    cpu::winograd::backward_weight(g, x, dy, dweight);
  } else {
    const cpu::Sweep s = cpu::forward_sweep(g);
    // At least 16 tasks, each a tap and some of the filters.
    const Index parts =
        std::clamp<Index>((16 + s.taps_count() - 1) / s.taps_count(), 1,
                          std::max<Index>(1, g.out_channels / cpu::gradient_filters));
    const Index filters = (g.out_channels / parts + cpu::gradient_filters - 1) /
                          cpu::gradient_filters * cpu::gradient_filters;
    const Index blocks = (g.out_channels + filters - 1) / filters;
    cpu::parallel_for(s.taps_count() * blocks, [&](Index i) {
      const Index begin = i % blocks * filters;
      cpu::gradient_of_tap(g, s, s.taps[static_cast<std::size_t>(i / blocks)], begin,
                           std::min(g.out_channels, begin + filters), x, dy, dweight);
    });
  }
  for (Index row = 0; dbias != nullptr && row < g.rows(); ++row) {
    for (Index o = 0; o < g.out_channels; ++o) dbias[o] += dy[row * g.out_channels + o];
  }
}

}  // namespace osteon
