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

/// du = w' v, or du += w' v with `add`, over `count` tiles of one coordinate: du is (filter,
/// channel), v and w (block, tile, channel).
template <class T>
void multiply_gradient(Index count, Index stride, Index channels, Index filters, const T* v,
                       const T* w, bool add, T* du) {
  constexpr Index width = Simd<T>::width;
  constexpr int side = width < 8 ? 4 : 8;
  for (Index filter = 0; filter < filters; filter += side) {
    const T* const b = w + (filter / width * stride) * width + filter % width;
    for (Index c = 0; c < channels; c += 2 * width) {
      const T* const a = v + c / width * stride * width;
      Tile<T, side> sums;
      OSTEON_UNROLL_STEPS
      for (Index n = 0; n < count; ++n) {
        sums.add(load(a + n * width), load(a + (stride + n) * width),
                 [&](int r) { return b[n * width + r]; });
      }
      for (int r = 0; r < side; ++r) {
        T* to = du + (filter + r) * channels + c;
        store(to, add ? load(to) + sums.sums[r][0] : sums.sums[r][0]);
        store(to + width, add ? load(to + width) + sums.sums[r][1] : sums.sums[r][1]);
      }
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

/// du = the transformed gradient of tiles [begin, end), a few at a time, on one thread. `v` has
/// room for both transformed forms of a few.
template <class F, class T>
void accumulate_tiles(const Conv2dGeometry& g, const Tiling<F>& t, Index begin, Index end,
                      const T* x, const T* dy, T* v, T* du) {
  const GradientLayout<F, T> layout(g, block_of_tiles);
  T* const w = v + layout.second();
  for (Index first = begin; first < end; first += block_of_tiles) {
    const Index last = std::min(end, first + block_of_tiles);
    transform_input(g, t, first, last, layout.input, x, v);
    transform_gradient(g, t, first, last, layout.gradient, dy, w);
    for (Index k = 0; k < F::coordinates; ++k) {
      multiply_gradient(last - first, block_of_tiles, g.in_channels, g.out_channels,
                        v + k * layout.input.step, w + k * layout.gradient.step, first > begin,
                        du + k * g.in_channels * g.out_channels);
    }
  }
}

/// The same for all tiles, on all threads: as many tiles at a time as fill about as much memory in
/// both transformed forms as the sums do, which are read and written each time; 4 to 16 MB.
template <class F, class T>
void accumulate_steps(const Conv2dGeometry& g, const Tiling<F>& t, const T* x, const T* dy, T* du) {
  constexpr Index width = Simd<T>::width;
  const Index budget = std::clamp<Index>(F::coordinates * g.in_channels * g.out_channels,
                                         Index{1} << 20, Index{1} << 22);
  const Index most =
      std::max<Index>(1, budget / (F::coordinates * (g.in_channels + g.out_channels)));
  const Index chunks = (t.count() + most - 1) / most;
  const Index chunk = (t.count() + chunks - 1) / chunks;
  const Index stride = chunk | 1;  // no power of two, for the sake of the caches' sets
  const GradientLayout<F, T> layout(g, stride);
  T* const v = shared_scratch<T, 3>(layout.size());
  T* const w = v + layout.second();
  for (Index first = 0; first < t.count(); first += chunk) {
    const Index count = std::min(chunk, t.count() - first);
    constexpr Index grain = 8;
    parallel_ranges(count, grain, [&](Index begin, Index end) {
      transform_input(g, t, first + begin, first + end, layout.input, x, v + begin * width);
      transform_gradient(g, t, first + begin, first + end, layout.gradient, dy, w + begin * width);
    });
    parallel_for(F::coordinates, [&](Index k) {
      multiply_gradient(count, stride, g.in_channels, g.out_channels, v + k * layout.input.step,
                        w + k * layout.gradient.step, first > 0,
                        du + k * g.in_channels * g.out_channels);
    });
  }
}

/// dweight += the gradient of the weight. With few channels, each task takes some of the tiles into
/// sums of its own, so that what it transforms stays in its processor's cache.
template <class F, class T>
void backward_weight(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  constexpr Index width = Simd<T>::width;
  const Tiling<F> t(g);
  const Index size = g.in_channels * g.out_channels;
  const Index of_task = F::coordinates * size;
  Index tasks = 1;
  if constexpr (F::tile == F4::tile) {  // F2 is for few tiles
    // So many that threads have work, so few that to add up their sums is little beside it.
    if (size <= Index{1} << 13)
      tasks = std::min(std::clamp<Index>(t.count() / 256, 2, 8), t.count());
  }
  T* const du = shared_scratch<T>(tasks * of_task);
  if (tasks == 1) {
    accumulate_steps(g, t, x, dy, du);
  } else if constexpr (F::tile == F4::tile) {
    const ThreadScratch<T> memory(GradientLayout<F, T>(g, block_of_tiles).size());
    parallel_for(tasks, [&](Index i) {
      accumulate_tiles(g, t, i * t.count() / tasks, (i + 1) * t.count() / tasks, x, dy,
                       memory.mine(), du + i * of_task);
    });
  }
  parallel_for(g.out_channels, [&](Index o) {
    for (Index c = 0; c < g.in_channels; c += width) {
      Vector<T> d[F::coordinates], e[3 * F::patch], row[3];
      const T* from = du + o * g.in_channels + c;
      for (Index k = 0; k < F::coordinates; ++k, from += size) {
        d[k] = load(from);
        for (Index i = 1; i < tasks; ++i) d[k] += load(from + i * of_task);
      }
      for (int j = 0; j < F::patch; ++j) F::weight_backward(d + j, F::patch, e + j, F::patch);
      T* to = dweight + o * g.patch() + c;
      for (int i = 0; i < 3; ++i) {
        F::weight_backward(e + i * F::patch, 1, row, 1);
        for (int j = 0; j < 3; ++j, to += g.in_channels) store(to, load(to) + row[j]);
      }
    }
  });
}

}  // namespace osteon::cpu::winograd
