// The gradient of a 3x3 filter by Winograd's form: G'[(A dY A') * (B' d B)]G, for each coordinate a
// matrix product over tiles.
#pragma once

#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>
#include <osteon/cpu/winograd.hpp>

#include <algorithm>

namespace osteon::cpu::winograd {

/// A dY A' of tiles [begin, end) of dy.
template <class F, class T>
void transform_gradient(const Conv2dGeometry& g, const Tiling<F>& t, Index begin, Index end,
                        const TileLayout& layout, const T* dy, T* v) {
  constexpr Index width = Simd<T>::width;
  const Index blocks = g.out_channels / width;
  Window next = t.output(g, begin);
  for (Index n = begin; n < end; ++n) {
    const Window at = next;
    next = t.output(g, n + 1);
    for (Index block = 0; block < blocks; ++block) {
      Vector<T> d[F::tile * F::tile], e[F::patch * F::tile], m[F::patch];
      load_tile<F::tile>(at, dy, block * width, d);
      fetch_tile<F::tile, false>(next, dy, block * width);
      OSTEON_UNROLL
      for (int j = 0; j < F::tile; ++j) F::output_backward(d + j, F::tile, e + j, F::tile);
      T* to = v + (block * layout.stride + n - begin) * width;
      OSTEON_UNROLL
      for (int i = 0; i < F::patch; ++i) {
        F::output_backward(e + i * F::tile, 1, m, 1);
        OSTEON_UNROLL
        for (int j = 0; j < F::patch; ++j, to += layout.step) store(to, m[j]);
      }
    }
  }
}

/// The transformed gradient of a weight, or of a part of it, is (coordinate, filter, channel); a
/// vector more than a power of two lies between coordinates, which are read together.
template <class T>
Index sums_step(Index filters, Index channels) {
  return filters * channels + Simd<T>::width;
}

/// sums = w' v, or sums += w' v with `add`, over `count` tiles of one coordinate: v and w are
/// (block, tile, channel).
template <class T>
void multiply_gradient(Index count, Index stride, Index channels, Index filters, const T* v,
                       const T* w, bool add, T* sums) {
  constexpr Index width = Simd<T>::width;
  constexpr int side = width < 8 ? 4 : 8;
  for (Index filter = 0; filter < filters; filter += side) {
    const T* const b = w + (filter / width * stride) * width + filter % width;
    for (Index c = 0; c < channels; c += 2 * width) {
      const T* const a = v + c / width * stride * width;
      Tile<T, side> tile;
      OSTEON_UNROLL_STEPS
      for (Index n = 0; n < count; ++n) {
        tile.add(load(a + n * width), load(a + (stride + n) * width),
                 [&](int r) { return b[n * width + r]; });
      }
      T* const to = sums + filter * channels + c;
      tile.for_each_row([&](int r, Vector<T> low, Vector<T> high) __attribute__((always_inline)) {
        T* const row = to + r * channels;
        store(row, add ? load(row) + low : low);
        store(row + width, add ? load(row + width) + high : high);
      });
    }
  }
}

/// Both transformed forms of up to `stride` tiles.
template <class F, class T>
struct GradientLayout {
  TileLayout input, gradient;
  GradientLayout(const Conv2dGeometry& g, Index stride)
      : input(TileLayout::spaced<T>(g.in_channels, stride)),
        gradient(TileLayout::spaced<T>(g.out_channels, stride)) {}
  [[nodiscard]] Index size() const { return F::coordinates * (input.step + gradient.step); }
  /// Where the gradient's begins.
  [[nodiscard]] Index second() const { return F::coordinates * input.step; }
};

/// Filters and channels of a weight: [first_filter, first_filter + filters), and so on.
struct WeightBlock {
  Index first_filter, filters, first_channel, channels;
};

/// dweight += G' (the sums of all tasks) G, for a block of the weight, whose coordinates lie `step`
/// apart.
template <class F, class T>
void add_weight_gradient(const Conv2dGeometry& g, const WeightBlock& block, Index tasks, Index step,
                         const T* sums, T* dweight) {
  constexpr Index width = Simd<T>::width;
  for (Index filter = 0; filter < block.filters; ++filter) {
    for (Index c = 0; c < block.channels; c += width) {
      Vector<T> d[F::coordinates], e[3 * F::patch], row[3];
      const T* from = sums + filter * block.channels + c;
      for (Index k = 0; k < F::coordinates; ++k, from += step) {
        d[k] = load(from);
        for (Index i = 1; i < tasks; ++i) d[k] += load(from + i * F::coordinates * step);
      }
      for (int j = 0; j < F::patch; ++j) F::weight_backward(d + j, F::patch, e + j, F::patch);
      T* to = dweight + (block.first_filter + filter) * g.patch() + block.first_channel + c;
      for (int tap = 0; tap < 9; ++tap)  // of the next filter
        __builtin_prefetch(to + g.patch() + tap * g.in_channels, 1);
      for (int i = 0; i < 3; ++i) {
        F::weight_backward(e + i * F::patch, 1, row, 1);
        for (int j = 0; j < 3; ++j, to += g.in_channels) store(to, load(to) + row[j]);
      }
    }
  }
}

/// The same for the whole weight, on all threads.
template <class F, class T>
void add_weight_gradient(const Conv2dGeometry& g, Index tasks, const T* sums, T* dweight) {
  const Index step = sums_step<T>(g.out_channels, g.in_channels);
  parallel_for(g.out_channels, [&](Index filter) {
    add_weight_gradient<F>(g, {filter, 1, 0, g.in_channels}, tasks, step,
                           sums + filter * g.in_channels, dweight);
  });
}

/// Few channels: each task takes some of the tiles, a few at a time, into sums of its own, so that
/// what it transforms stays in its processor's cache.
template <class F, class T>
void backward_weight_by_tiles(const Conv2dGeometry& g, Index tasks, const T* x, const T* dy,
                              T* dweight) {
  const Tiling<F> t(g);
  const Index step = sums_step<T>(g.out_channels, g.in_channels);
  const GradientLayout<F, T> layout(g, block_of_tiles);
  const ThreadScratch<T> memory(layout.size());
  T* const sums = shared_scratch<T>(tasks * F::coordinates * step);
  parallel_for(tasks, [&](Index i) {
    const Index begin = i * t.count() / tasks, end = (i + 1) * t.count() / tasks;
    T* const v = memory.mine();
    T* const w = v + layout.second();
    for (Index first = begin; first < end; first += block_of_tiles) {
      const Index last = std::min(end, first + block_of_tiles);
      transform_input(g, t, first, last, layout.input, x, v);
      transform_gradient(g, t, first, last, layout.gradient, dy, w);
      for (Index k = 0; k < F::coordinates; ++k) {
        multiply_gradient(last - first, block_of_tiles, g.in_channels, g.out_channels,
                          v + k * layout.input.step, w + k * layout.gradient.step, first > begin,
                          sums + (i * F::coordinates + k) * step);
      }
    }
  });
  add_weight_gradient<F>(g, tasks, sums, dweight);
}

/// Both transformed forms of all tiles, some at a time, on all threads: body(count, layout, v, w)
/// for each `count` of them that fill at most `budget` elements.
template <class F, class T, class Body>
void for_each_chunk(const Conv2dGeometry& g, Index budget, const T* x, const T* dy,
                    const Body& body) {
  constexpr Index width = Simd<T>::width;
  const Tiling<F> t(g);
  const Index most =
      std::max<Index>(1, budget / (F::coordinates * (g.in_channels + g.out_channels)));
  const Index chunks = (t.count() + most - 1) / most;
  const Index chunk = (t.count() + chunks - 1) / chunks;
  // No power of two between blocks of channels either.
  const GradientLayout<F, T> layout(g, chunk | 1);
  T* const v = shared_scratch<T, 3>(layout.size());
  T* const w = v + layout.second();
  for (Index first = 0; first < t.count(); first += chunk) {
    const Index count = std::min(chunk, t.count() - first);
    parallel_ranges(count, 8, [&](Index begin, Index end) {
      transform_input(g, t, first + begin, first + end, layout.input, x, v + begin * width);
      transform_gradient(g, t, first + begin, first + end, layout.gradient, dy, w + begin * width);
    });
    body(count, layout, v, w);
  }
}

/// More channels: each task takes a coordinate of the sums, which all together stay in the last
/// cache.
template <class F, class T>
void backward_weight_by_coordinates(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  const Index step = sums_step<T>(g.out_channels, g.in_channels);
  T* const sums = shared_scratch<T>(F::coordinates * step);
  bool add = false;
  const auto multiply = [&](Index count, const GradientLayout<F, T>& layout, const T* v,
                            const T* w) {
    parallel_for(F::coordinates, [&](Index k) {
      multiply_gradient(count, layout.input.stride, g.in_channels, g.out_channels,
                        v + k * layout.input.step, w + k * layout.gradient.step, add,
                        sums + k * step);
    });
    add = true;
  };
  for_each_chunk<F>(g, Index{1} << 20, x, dy, multiply);
  add_weight_gradient<F>(g, 1, sums, dweight);
}

/// Many channels: each task takes a block of the weight, whose sums stay in its processor's cache
/// until they are transformed back.
template <class F, class T>
void backward_weight_by_blocks(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  constexpr Index side = 64;
  const Index across = (g.in_channels + side - 1) / side;
  const Index down = (g.out_channels + side - 1) / side;
  const ThreadScratch<T> memory(F::coordinates * sums_step<T>(side, side));
  const auto multiply = [&](Index count, const GradientLayout<F, T>& layout, const T* v,
                            const T* w) {
    const Index stride = layout.input.stride;
    parallel_for(down * across, [&](Index i) {
      const Index filter = i / across * side, channel = i % across * side;
      const WeightBlock block{filter, std::min(side, g.out_channels - filter), channel,
                              std::min(side, g.in_channels - channel)};
      const Index step = sums_step<T>(block.filters, block.channels);
      T* const sums = memory.mine();
      for (Index k = 0; k < F::coordinates; ++k) {
        multiply_gradient(count, stride, block.channels, block.filters,
                          v + k * layout.input.step + channel * stride,
                          w + k * layout.gradient.step + filter * stride, false, sums + k * step);
      }
      add_weight_gradient<F>(g, block, 1, step, sums, dweight);
    });
  };
  for_each_chunk<F>(g, Index{1} << 22, x, dy, multiply);
}

/// dweight += the gradient of the weight.
template <class F, class T>
void backward_weight(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  const Index size = g.in_channels * g.out_channels;
  if (size > Index{1} << 14) return backward_weight_by_blocks<F>(g, x, dy, dweight);
  if constexpr (F::tile == F4::tile) {  // F2 is for few tiles
    if (size <= Index{1} << 13) {
      // So many that threads have work, so few that to add up their sums is little beside it.
      const Index tiles = Tiling<F>(g).count();
      const Index tasks = std::min(std::clamp<Index>(tiles / 256, 2, 8), tiles);
      return backward_weight_by_tiles<F>(g, tasks, x, dy, dweight);
    }
  }
  backward_weight_by_coordinates<F>(g, x, dy, dweight);
}

}  // namespace osteon::cpu::winograd
