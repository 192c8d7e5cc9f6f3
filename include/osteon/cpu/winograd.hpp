// 3x3 convolutions of stride 1 on the CPU by Winograd's minimal filtering, over channels-last
// memory: one matrix product over channels for each coordinate of the transformed tiles. The
// gradient of the input is a convolution with the filter turned round; winograd_gradient.hpp has
// that of the filter, winograd_weight.hpp transforms filters.
//
// The price is rounding: the transforms' constants cost about three bits in float, 1e-5 of the
// largest output (tests/cpu/winograd.cpp bounds it).
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>
#include <osteon/cpu/winograd_form.hpp>
#include <osteon/cpu/winograd_switch.hpp>
#include <osteon/cpu/winograd_weight.hpp>

#include <algorithm>

namespace osteon::cpu::winograd {

/// Where a tile's pixels lie in a batch of images, channels last.
struct Window {
  Index height, width, channels;
  Index sample, top, left;  // of the tile's first pixel; top and left may lie outside

  [[nodiscard]] bool contains(Index i, Index j) const {
    return top + i >= 0 && top + i < height && left + j >= 0 && left + j < width;
  }
  /// Where the pixel (i, j) of the tile begins.
  [[nodiscard]] Index pixel(Index i, Index j) const {
    return ((sample * height + top + i) * width + left + j) * channels;
  }
};

/// The tiles of a batch of images.
template <class F>
struct Tiling {
  Index batch, down, across;
  explicit Tiling(const Conv2dGeometry& g)
      : batch(g.batch),
        down((g.out_height + F::tile - 1) / F::tile),
        across((g.out_width + F::tile - 1) / F::tile) {}
  [[nodiscard]] Index per_image() const { return down * across; }
  [[nodiscard]] Index count() const { return batch * per_image(); }

  /// What tile n reads of the input.
  [[nodiscard]] Window input(const Conv2dGeometry& g, Index n) const {
    return window(g.in_height, g.in_width, g.in_channels, n, g.padding);
  }
  /// What it writes of the output.
  [[nodiscard]] Window output(const Conv2dGeometry& g, Index n) const {
    return window(g.out_height, g.out_width, g.out_channels, n, 0);
  }

 private:
  [[nodiscard]] Window window(Index height, Index width, Index channels, Index n,
                              Index padding) const {
    const Index top = n % per_image() / across * F::tile, left = n % across * F::tile;
    return {height, width, channels, n / per_image(), top - padding, left - padding};
  }
};

/// Side x Side vectors of a tile from channel `c` on, zeros outside the image.
template <int Side, class T>
[[gnu::always_inline]] inline void load_tile(const Window& at, const T* images, Index c,
                                             Vector<T>* to) {
  if (at.contains(0, 0) && at.contains(Side - 1, Side - 1)) {
    const T* row = images + at.pixel(0, 0) + c;
    OSTEON_UNROLL
    for (int i = 0; i < Side; ++i, row += at.width * at.channels) {
      OSTEON_UNROLL
      for (int j = 0; j < Side; ++j) to[i * Side + j] = load(row + j * at.channels);
    }
    return;
  }
  for (int i = 0; i < Side; ++i) {
    for (int j = 0; j < Side; ++j)
      to[i * Side + j] = at.contains(i, j) ? load(images + at.pixel(i, j) + c) : Vector<T>{};
  }
}

/// Brings the same vectors towards the nearest cache, to be read or written. Inlined: GCC takes a
/// function that only fetches for one without effect, and drops it.
template <int Side, bool Write, class T>
[[gnu::always_inline]] inline void fetch_tile(const Window& at, const T* images, Index c) {
  const T* row = images + at.pixel(0, 0) + c;
  OSTEON_UNROLL
  for (int i = 0; i < Side; ++i, row += at.width * at.channels) {
    OSTEON_UNROLL
    for (int j = 0; j < Side; ++j) __builtin_prefetch(row + j * at.channels, Write ? 1 : 0);
  }
}

/// Where transformed tiles lie: (coordinate, channel block, tile, channel).
struct TileLayout {
  Index stride;  ///< tiles from one channel block to the next
  Index step;    ///< elements from one coordinate to the next

  /// A vector more than a power of two lies between coordinates: those of a tile are written
  /// together, and would otherwise all fall into a few sets of the caches.
  template <class T>
  static TileLayout spaced(Index channels, Index stride) {
    return {stride, channels * stride + Simd<T>::width};
  }
};

/// B' d B of tiles [begin, end) of x.
template <class F, class T>
void transform_input(const Conv2dGeometry& g, const Tiling<F>& t, Index begin, Index end,
                     const TileLayout& layout, const T* x, T* v) {
  constexpr Index width = Simd<T>::width;
  const Index blocks = g.in_channels / width;
  Window next = t.input(g, begin);
  for (Index n = begin; n < end; ++n) {
    const Window at = next;
    next = t.input(g, n + 1);
    for (Index block = 0; block < blocks; ++block) {
      Vector<T> d[F::coordinates], e[F::coordinates];
      load_tile<F::patch>(at, x, block * width, d);
      fetch_tile<F::patch, false>(next, x, block * width);
      OSTEON_UNROLL
      for (int j = 0; j < F::patch; ++j) F::input(d + j, F::patch, e + j, F::patch);
      T* to = v + (block * layout.stride + n - begin) * width;
      OSTEON_UNROLL
      for (int i = 0; i < F::patch; ++i) {
        F::input(e + i * F::patch, 1, d + i * F::patch, 1);
        OSTEON_UNROLL
        for (int j = 0; j < F::patch; ++j, to += layout.step) {
          store(to, d[i * F::patch + j]);
        }
      }
    }
  }
}

/// A' m A of tiles [begin, end), written to y.
template <class F, class T>
void transform_output(const Conv2dGeometry& g, const Tiling<F>& t, Index begin, Index end,
                      const TileLayout& layout, const T* m, const Epilogue<T>& epilogue, T* y) {
  constexpr Index width = Simd<T>::width;
  const Index blocks = g.out_channels / width;
  Window next = t.output(g, begin);
  for (Index n = begin; n < end; ++n) {
    const Window at = next;
    next = t.output(g, n + 1);
    const Index down = std::min(F::tile, at.height - at.top);
    const Index across = std::min(F::tile, at.width - at.left);
    for (Index block = 0; block < blocks; ++block) {
      Vector<T> e[F::tile * F::patch], r[F::tile];
      const T* from = m + (block * layout.stride + n - begin) * width;
      OSTEON_UNROLL
      for (int j = 0; j < F::patch; ++j) {
        Vector<T> column[F::patch];
        OSTEON_UNROLL
        for (int i = 0; i < F::patch; ++i)
          column[i] = load(from + (i * F::patch + j) * layout.step);
        F::output(column, 1, e + j, F::patch);
      }
      const Index c = block * width;
      fetch_tile<F::tile, true>(next, y, c);
      const Vector<T> bias = epilogue.bias == nullptr ? Vector<T>{} : load(epilogue.bias + c);
      for (Index i = 0; i < down; ++i) {
        F::output(e + i * F::patch, 1, r, 1);
        for (Index j = 0; j < across; ++j) {
          const Index place = at.pixel(i, j) + c;
          Vector<T> value = r[j] + bias;
          if (epilogue.addend != nullptr) value += load(epilogue.addend + place);
          store(y + place, epilogue.relu ? relu(value) : value);
        }
      }
    }
  }
}

/// m = v u, or m += v u with `add`, for `count` tiles of one coordinate: register tiles of Rows
/// tiles times two vectors of outputs. Reads and writes up to Rows - 1 tiles behind the last one.
template <int Rows, class T>
void multiply(Index count, Index stride, Index channels, Index out_channels, const T* v, const T* u,
              T* m, bool add) {
  constexpr Index width = Simd<T>::width;
  constexpr Index ahead = steps_ahead * 2 * width;
  const Index panel = 2 * width * channels;
  for (Index out = 0; out < out_channels; out += 2 * width) {
    for (Index first = 0; first < count; first += Rows) {
      Tile<T, Rows> sums;
      T* const to = m + out * stride + first * width;
      if (add) {
        OSTEON_UNROLL
        for (int r = 0; r < Rows; ++r) {
          sums.sums[r][0] = load(to + r * width);
          sums.sums[r][1] = load(to + (stride + r) * width);
        }
      }
      const T* w = u + out * channels;
      const T* from = v + first * width;
      for (Index c = 0; c < channels; c += width, from += stride * width) {
        OSTEON_UNROLL_STEPS
        for (Index k = 0; k < width; ++k, w += 2 * width) {
          __builtin_prefetch(w + ahead);
          __builtin_prefetch(w + ahead + width);
          // The next outputs' weights, into the second-level cache.
          __builtin_prefetch(w + panel, 0, 2);
          __builtin_prefetch(w + panel + width, 0, 2);
          sums.add(load(w), load(w + width), [&](int r) { return from[r * width + k]; });
        }
      }
      sums.for_each_row([&](int r, Vector<T> low, Vector<T> high) __attribute__((always_inline)) {
        store(to + r * width, low);
        store(to + (stride + r) * width, high);
      });
    }
  }
}

/// Tiles of a register tile: a second, smaller size wastes less where there are few.
inline constexpr int many_rows = tile_rows;
inline constexpr int few_rows = tile_rows > 8 ? 8 : tile_rows;
inline int multiply_rows(Index count) {
  const auto waste = [&](int rows) { return (count + rows - 1) / rows * rows; };
  return waste(few_rows) < waste(many_rows) ? few_rows : many_rows;
}

/// Tiles of a task whose data stay in the second-level cache through all three steps.
inline constexpr Index block_of_tiles = 2 * many_rows;

/// All three steps for a few tiles at a time, whose data stay in the cache. For weights that do
/// too, or come from the next one as fast as they are used.
template <class F, class T>
void convolve_blocks(const Conv2dGeometry& g, const T* x, const T* u, const Epilogue<T>& epilogue,
                     T* y) {
  constexpr Index block = block_of_tiles;
  const Tiling<F> t(g);
  const auto in = TileLayout::spaced<T>(g.in_channels, block);
  const auto out = TileLayout::spaced<T>(g.out_channels, block);
  const ThreadScratch<T> memory(F::coordinates * (in.step + out.step));
  parallel_ranges(t.count(), block, [&](Index begin, Index end) {
    T* const v = memory.mine();
    T* const m = v + F::coordinates * in.step;
    transform_input(g, t, begin, end, in, x, v);
    for (Index k = 0; k < F::coordinates; ++k) {
      multiply<many_rows>(end - begin, block, g.in_channels, g.out_channels, v + k * in.step,
                          u + k * weight_step<T>(g), m + k * out.step, false);
    }
    transform_output(g, t, begin, end, out, m, epilogue, y);
  });
}

/// The steps one after another for many tiles, each on all threads. Between the transforms,
/// multiply_all(multiply, count, in, v, out, m) calls `multiply` for all coordinates and outputs of
/// `count` tiles, which lie as `in` and `out` say.
template <class F, class T, class MultiplyAll>
void convolve_in_steps(const Conv2dGeometry& g, const T* x, const MultiplyAll& multiply_all,
                       const Epilogue<T>& epilogue, T* y) {
  const Tiling<F> t(g);
  constexpr Index budget = 5 << 20;  // elements, in the last cache
  const Index most =
      std::max<Index>(many_rows, budget / (F::coordinates * (g.in_channels + g.out_channels)));
  const Index chunks = (t.count() + most - 1) / most;
  const Index chunk = (t.count() + chunks - 1) / chunks;
  const int rows = multiply_rows(chunk);
  const Index stride = (chunk + rows - 1) / rows * rows;
  const auto in = TileLayout::spaced<T>(g.in_channels, stride);
  const auto out = TileLayout::spaced<T>(g.out_channels, stride);
  T* const v = shared_scratch<T, 3>(F::coordinates * (in.step + out.step));
  T* const m = v + F::coordinates * in.step;
  constexpr Index width = Simd<T>::width;
  for (Index first = 0; first < t.count(); first += chunk) {
    const Index count = std::min(chunk, t.count() - first);
    const Index grain = std::max<Index>(1, std::min<Index>(8, count / 8));
    parallel_ranges(count, grain, [&](Index begin, Index end) {
      transform_input(g, t, first + begin, first + end, in, x, v + begin * width);
    });
    multiply_all(rows == few_rows ? multiply<few_rows, T> : multiply<many_rows, T>, count, in, v,
                 out, m);
    parallel_ranges(count, grain, [&](Index begin, Index end) {
      transform_output(g, t, first + begin, first + end, out, m + begin * width, epilogue, y);
    });
  }
}

/// In steps, coordinate by coordinate: weights that are larger than the cache are read once.
template <class F, class T>
void convolve_steps(const Conv2dGeometry& g, const T* x, const T* u, const Epilogue<T>& epilogue,
                    T* y) {
  convolve_in_steps<F>(
      g, x,
      [&](auto run, Index count, const TileLayout& in, const T* v, const TileLayout& out, T* m) {
        parallel_for(F::coordinates, [&](Index k) {
          run(count, in.stride, g.in_channels, g.out_channels, v + k * in.step,
              u + k * weight_step<T>(g), m + k * out.step, false);
        });
      },
      epilogue, y);
}

/// In steps, with weights that are transformed where they are used, pair by pair of output blocks:
/// where they are larger than the caches, to write and to read them takes longer than to multiply.
/// transform(pair, begin, end, u) gives those of a pair from channels [begin, end): as many as stay
/// in the second-level cache, beside what they are multiplied with.
template <class F, class T, class Transform>
void convolve_pairs(const Conv2dGeometry& g, const T* x, const Transform& transform,
                    const Epilogue<T>& epilogue, T* y) {
  constexpr Index pair = 2 * Simd<T>::width;
  constexpr Index budget = 5 << 15;  // elements
  const Index parts = (g.in_channels * pair * F::coordinates + budget - 1) / budget;
  constexpr Index width = Simd<T>::width;
  const Index part = (g.in_channels / parts + width - 1) / width * width;
  const ThreadScratch<T> memory(F::coordinates * pair_step<T>(part));
  convolve_in_steps<F>(
      g, x,
      [&](auto run, Index count, const TileLayout& in, const T* v, const TileLayout& out, T* m) {
        parallel_for(g.out_channels / pair, [&](Index i) {
          T* const u = memory.mine();
          for (Index begin = 0; begin < g.in_channels; begin += part) {
            const Index end = std::min(g.in_channels, begin + part);
            transform(i, begin, end, u);
            for (Index k = 0; k < F::coordinates; ++k) {
              run(count, in.stride, end - begin, pair, v + k * in.step + begin * in.stride,
                  u + k * pair_step<T>(end - begin), m + k * out.step + i * pair * out.stride,
                  begin > 0);
            }
          }
        });
      },
      epilogue, y);
}

/// y = conv(x, weight) with weights that are already transformed, through the epilogue.
template <class F, class T>
void convolve(const Conv2dGeometry& g, const T* x, const T* u, const Epilogue<T>& epilogue, T* y) {
  const Index tiles = Tiling<F>(g).count();
  const bool large = packed_size<F, T>(g) > (Index{1} << 22);
  if constexpr (F::tile == F4::tile) {  // F2 is for few tiles
    if (!large && tiles >= 8 * block_of_tiles) return convolve_blocks<F>(g, x, u, epilogue, y);
  }
  convolve_steps<F>(g, x, u, epilogue, y);
}

/// The convolution over dy that gives the gradient of x.
inline Conv2dGeometry turned_round(const Conv2dGeometry& g) {
  return {
      g.batch, g.out_channels, g.out_height, g.out_width, g.in_channels, g.in_height, g.in_width, 3,
      1,       2 - g.padding};
}

/// Whether weights are better transformed where they are used: where they are large, and the tiles,
/// which are read again for each pair, are few.
template <class F, class T>
bool transforms_in_pairs(const Conv2dGeometry& g) {
  return packed_size<F, T>(g) >= (Index{1} << 20) && Tiling<F>(g).count() <= 128;
}

/// y = conv(x, weight), through the epilogue, with weights that are transformed for this call.
template <class F, class T>
void convolve_once(const Conv2dGeometry& g, const T* x, const T* weight,
                   const Epilogue<T>& epilogue, T* y) {
  if (transforms_in_pairs<F, T>(g)) {
    const auto transform = [&](Index pair, Index begin, Index end, T* u) {
      transform_weight_pair<F>(g, pair, begin, end, weight, u);
    };
    return convolve_pairs<F>(g, x, transform, epilogue, y);
  }
  T* const u = shared_scratch<T>(packed_size<F, T>(g));
  transform_weight<F>(g, weight, u);
  convolve<F>(g, x, u, epilogue, y);
}

/// The same over dy for the gradient of x; `g` is the forward convolution's.
template <class F, class T>
void convolve_backward_once(const Conv2dGeometry& g, const T* dy, const T* weight,
                            const Epilogue<T>& epilogue, T* dx) {
  const Conv2dGeometry turned = turned_round(g);
  if (transforms_in_pairs<F, T>(turned)) {
    const auto transform = [&](Index pair, Index begin, Index end, T* u) {
      transform_weight_backward_pair<F>(g, pair, begin, end, weight, u);
    };
    return convolve_pairs<F>(turned, dy, transform, epilogue, dx);
  }
  T* const u = shared_scratch<T>(packed_size<F, T>(g));
  transform_weight_backward<F>(g, weight, u);
  convolve<F>(turned, dy, u, epilogue, dx);
}

/// In double the direct sum is what counts: it is there for its precision.
template <class T>
inline constexpr bool supports = sizeof(T) == 4;

/// body(F4{}) or body(F2{}), as the algorithm says; false if it is none of these.
template <class T, class Body>
bool with_form(Conv2dAlgorithm algorithm, const Body& body) {
  if constexpr (supports<T>) {
    if (algorithm == Conv2dAlgorithm::winograd_4x4) body(F4{});
    if (algorithm == Conv2dAlgorithm::winograd_2x2) body(F2{});
    return algorithm != Conv2dAlgorithm::direct;
  }
  return false;
}

/// How a convolution is computed best. Winograd's form takes float, full blocks of channels, and
/// outputs that fill the tiles well enough; the transformed weights are four times as large (F2:
/// almost twice), and few tiles do not pay for reading them.
template <class T>
Conv2dAlgorithm choose(const Conv2dGeometry& g) {
  if (!allowed() || !supports<T> || g.kernel != 3 || g.stride != 1 || g.padding > 2 ||
      g.in_channels % tile_width<T> != 0 || g.out_channels % tile_width<T> != 0) {
    return Conv2dAlgorithm::direct;
  }
  const auto saves = [&]<class F>(F) {
    const Index direct = 9 * g.out_height * g.out_width;
    return 3 * F::coordinates * Tiling<F>(g).per_image() < 2 * direct;
  };
  const Index needed = (g.in_channels <= 256 ? 1 : 2) * many_rows;
  if (saves(F4{}) && Tiling<F4>(g).count() >= needed) return Conv2dAlgorithm::winograd_4x4;
  if (saves(F2{}) && Tiling<F2>(g).count() >= many_rows) return Conv2dAlgorithm::winograd_2x2;
  return Conv2dAlgorithm::direct;
}

}  // namespace osteon::cpu::winograd
