// 3x3 convolutions of stride 1 on the CPU by Winograd's minimal filtering, F(4x4, 3x3), over
// channels-last memory.
//
// Lavin, Gray, "Fast algorithms for convolutional neural networks", CVPR 2016.
//
// A tile of 4x4 outputs reads 6x6 inputs. Written Y = A'[(G g G') * (B' d B)]A, its 144 products
// per pair of channels become 36: one matrix product over channels for each of 36 coordinates. The
// gradients are the same bilinear form turned round: that of the input is a convolution with the
// filter turned round, that of the filter G'[(A dY A') * (B' d B)]G, a product over tiles.
//
// The price is rounding: the transforms' constants cost about three bits in float, 1e-5 of the
// largest output (tests/cpu/winograd.cpp bounds it).
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>

#include <algorithm>
#include <atomic>
#include <type_traits>

namespace osteon::cpu::winograd {

inline constexpr Index tile = 4;          // outputs of a tile, by side
inline constexpr Index patch = tile + 2;  // inputs of a tile, by side
inline constexpr Index coordinates = patch * patch;
inline constexpr int rows = tile_rows == 12 && vector_bytes == 64 ? 14 : tile_rows;

/// The tiles of a batch of images.
struct Tiling {
  Index batch, down, across;
  explicit Tiling(const Conv2dGeometry& g)
      : batch(g.batch),
        down((g.out_height + tile - 1) / tile),
        across((g.out_width + tile - 1) / tile) {}
  [[nodiscard]] Index per_image() const { return down * across; }
  [[nodiscard]] Index count() const { return batch * per_image(); }
};

// The one-dimensional transforms, on six, three or four vectors `step` apart.

/// B' d.
template <class V>
[[gnu::always_inline]] inline void input_transform(const V* d, int step, V* t) {
  const V d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step],
          d5 = d[5 * step];
  const V a = d4 - 4 * d2, b = d3 - 4 * d1, c = d4 - d2, e = 2 * (d3 - d1);
  t[0] = 4 * d0 - 5 * d2 + d4;
  t[step] = a + b;
  t[2 * step] = a - b;
  t[3 * step] = c + e;
  t[4 * step] = c - e;
  t[5 * step] = 4 * d1 - 5 * d3 + d5;
}

/// A' m: six to four; `from` and `to` are the distances between elements.
template <class V>
[[gnu::always_inline]] inline void output_transform(const V* m, int from, V* y, int to) {
  const V a = m[from] + m[2 * from], b = m[from] - m[2 * from];
  const V c = m[3 * from] + m[4 * from], d = m[3 * from] - m[4 * from];
  y[0] = m[0] + a + c;
  y[to] = b + 2 * d;
  y[2 * to] = a + 4 * c;
  y[3 * to] = b + 8 * d + m[5 * from];
}

/// A y: four to six, the output transform turned round.
template <class V>
[[gnu::always_inline]] inline void output_transform_backward(const V* y, int from, V* m, int to) {
  const V even = y[0] + y[2 * from], odd = y[from] + y[3 * from];
  const V even2 = y[0] + 4 * y[2 * from], odd2 = 2 * y[from] + 8 * y[3 * from];
  m[0] = y[0];
  m[to] = even + odd;
  m[2 * to] = even - odd;
  m[3 * to] = even2 + odd2;
  m[4 * to] = even2 - odd2;
  m[5 * to] = y[3 * from];
}

/// G g: three to six.
template <class V>
[[gnu::always_inline]] inline void weight_transform(const V* g, int from, V* u, int to) {
  using T = std::remove_cvref_t<decltype(g[0][0])>;
  const V g0 = g[0], g1 = g[from], g2 = g[2 * from];
  const V a = (g0 + g2) * T(-1.0 / 6), b = g1 * T(-1.0 / 6);
  const V c = g0 * T(1.0 / 24) + g2 * T(1.0 / 6), d = g1 * T(1.0 / 12);
  u[0] = g0 * T(0.25);
  u[to] = a + b;
  u[2 * to] = a - b;
  u[3 * to] = c + d;
  u[4 * to] = c - d;
  u[5 * to] = g2;
}

/// G' u: six to three, the weight transform turned round.
template <class V>
[[gnu::always_inline]] inline void weight_transform_backward(const V* u, int from, V* g, int to) {
  using T = std::remove_cvref_t<decltype(u[0][0])>;
  const V a = u[from] + u[2 * from], b = u[from] - u[2 * from];
  const V c = u[3 * from] + u[4 * from], d = u[3 * from] - u[4 * from];
  g[0] = u[0] * T(0.25) - a * T(1.0 / 6) + c * T(1.0 / 24);
  g[to] = d * T(1.0 / 12) - b * T(1.0 / 6);
  g[2 * to] = (c - a) * T(1.0 / 6) + u[5 * from];
}

/// Where a tile's pixels lie in an image of channels-last memory.
struct Window {
  Index height, width, channels;
  Index top, left;  // of the tile's first pixel; may lie outside

  /// The pixel (i, j) of the tile, or null outside the image.
  template <class T>
  [[nodiscard]] T* pixel(T* image, Index i, Index j) const {
    const Index h = top + i, w = left + j;
    if (h < 0 || h >= height || w < 0 || w >= width) return nullptr;
    return image + (h * width + w) * channels;
  }
};

/// Side x Side vectors of a tile from channel `c` on, zeros outside the image.
template <int Side, class T>
[[gnu::always_inline]] inline void load_tile(const Window& at, const T* image, Index c,
                                             Vector<T>* to) {
  const bool inside =
      at.top >= 0 && at.left >= 0 && at.top + Side <= at.height && at.left + Side <= at.width;
  if (inside) {
    const T* row = image + (at.top * at.width + at.left) * at.channels + c;
    for (int i = 0; i < Side; ++i, row += at.width * at.channels) {
      for (int j = 0; j < Side; ++j) to[i * Side + j] = load(row + j * at.channels);
    }
    return;
  }
  for (int i = 0; i < Side; ++i) {
    for (int j = 0; j < Side; ++j) {
      const T* from = at.pixel(image, i, j);
      to[i * Side + j] = from == nullptr ? Vector<T>{} : load(from + c);
    }
  }
}

/// B' d B of tiles [begin, end) of x as (coordinate, channel block, tile, channel); `stride` tiles
/// lie between two channel blocks.
template <class T>
void transform_input(const Conv2dGeometry& g, const Tiling& t, Index begin, Index end, Index stride,
                     const T* x, T* v) {
  constexpr Index width = Simd<T>::width;
  const Index blocks = g.in_channels / width;
  for (Index n = begin; n < end; ++n) {
    const T* image = x + n / t.per_image() * g.in_height * g.in_width * g.in_channels;
    const Window at{g.in_height, g.in_width, g.in_channels,
                    n % t.per_image() / t.across * tile - g.padding,
                    n % t.across * tile - g.padding};
    for (Index block = 0; block < blocks; ++block) {
      Vector<T> d[coordinates], e[coordinates];
      load_tile<patch>(at, image, block * width, d);
      for (int j = 0; j < patch; ++j) input_transform(d + j, patch, e + j);
      T* to = v + (block * stride + n - begin) * width;
      for (int i = 0; i < patch; ++i) {
        input_transform(e + i * patch, 1, d + i * patch);
        for (int j = 0; j < patch; ++j, to += blocks * stride * width) {
          store(to, d[i * patch + j]);
        }
      }
    }
  }
}

/// A dY A' of tiles [begin, end) of dy, laid out as transform_input's.
template <class T>
void transform_gradient(const Conv2dGeometry& g, const Tiling& t, Index begin, Index end,
                        Index stride, const T* dy, T* v) {
  constexpr Index width = Simd<T>::width;
  const Index blocks = g.out_channels / width;
  for (Index n = begin; n < end; ++n) {
    const T* image = dy + n / t.per_image() * g.out_height * g.out_width * g.out_channels;
    const Window at{g.out_height, g.out_width, g.out_channels, n % t.per_image() / t.across * tile,
                    n % t.across * tile};
    for (Index block = 0; block < blocks; ++block) {
      Vector<T> d[tile * tile], e[patch * tile], m[patch];
      load_tile<tile>(at, image, block * width, d);
      for (int j = 0; j < tile; ++j) output_transform_backward(d + j, tile, e + j, tile);
      T* to = v + (block * stride + n - begin) * width;
      for (int i = 0; i < patch; ++i) {
        output_transform_backward(e + i * tile, 1, m, 1);
        for (int j = 0; j < patch; ++j, to += blocks * stride * width) store(to, m[j]);
      }
    }
  }
}

/// A' m A of tiles [begin, end), written to y. m is (coordinate, output block, tile, channel).
template <class T>
void transform_output(const Conv2dGeometry& g, const Tiling& t, Index begin, Index end,
                      Index stride, const T* m, const Epilogue<T>& epilogue, T* y) {
  constexpr Index width = Simd<T>::width;
  const Index blocks = g.out_channels / width;
  for (Index n = begin; n < end; ++n) {
    const Index image = n / t.per_image() * g.out_height * g.out_width * g.out_channels;
    const Window at{g.out_height, g.out_width, g.out_channels, n % t.per_image() / t.across * tile,
                    n % t.across * tile};
    const Index down = std::min(tile, at.height - at.top);
    const Index across = std::min(tile, at.width - at.left);
    for (Index block = 0; block < blocks; ++block) {
      Vector<T> e[tile * patch], r[tile];
      const T* from = m + (block * stride + n - begin) * width;
      const Index step = blocks * stride * width;
      for (int j = 0; j < patch; ++j) {
        Vector<T> column[patch];
        for (int i = 0; i < patch; ++i) column[i] = load(from + (i * patch + j) * step);
        output_transform(column, 1, e + j, patch);
      }
      const Index c = block * width;
      const Vector<T> bias = epilogue.bias == nullptr ? Vector<T>{} : load(epilogue.bias + c);
      for (Index i = 0; i < down; ++i) {
        output_transform(e + i * patch, 1, r, 1);
        const Index at_row = image + ((at.top + i) * at.width + at.left) * at.channels + c;
        for (Index j = 0; j < across; ++j) {
          const Index place = at_row + j * at.channels;
          Vector<T> value = r[j] + bias;
          if (epilogue.addend != nullptr) value += load(epilogue.addend + place);
          store(y + place, epilogue.relu ? relu(value) : value);
        }
      }
    }
  }
}

/// m[coordinate] = v[coordinate] u[coordinate] for `count` tiles: register tiles of `rows` tiles
/// times two vectors of outputs.
template <class T>
void multiply(Index count, Index stride, Index channels, Index out_channels, const T* v, const T* u,
              T* m) {
  constexpr Index width = Simd<T>::width;
  const Index in_blocks = channels / width;
  const Index out_blocks = out_channels / width;
  for (Index at = 0; at < coordinates; ++at) {
    const T* const a = v + at * in_blocks * stride * width;
    for (Index out = 0; out < out_blocks; out += 2) {
      const T* const weights = u + (at * out_blocks + out) * channels * width;
      for (Index first = 0; first < count; first += rows) {
        Tile<T, rows> sums;
        const T* w = weights;
        const T* from = a + first * width;  // reads up to rows - 1 tiles behind the last one
        for (Index block = 0; block < in_blocks; ++block, from += stride * width) {
          for (Index c = 0; c < width; ++c, w += 2 * width) {
            sums.add(load(w), load(w + width), [&](int r) { return from[r * width + c]; });
          }
        }
        T* to = m + ((at * out_blocks + out) * stride + first) * width;
        for (int r = 0; r < rows; ++r) {
          store(to + r * width, sums.sums[r][0]);
          store(to + (stride + r) * width, sums.sums[r][1]);
        }
      }
    }
  }
}

/// Tiles that a task takes through all three steps: few enough for the cache, enough to make use
/// of the weights.
inline Index block_tiles(Index channels, Index tiles) {
  const Index wanted = channels <= 64 ? 2 * rows : 4 * rows;
  // At least four tasks, so that two threads share them evenly.
  const Index fair = (tiles / 4 + rows - 1) / rows * rows;
  return std::clamp<Index>(fair, rows, wanted);
}

/// Elements of the transformed weights.
inline Index packed_size(const Conv2dGeometry& g) {
  return coordinates * g.in_channels * g.out_channels;
}

/// The transformed weights of the forward convolution, (coordinate, pair of output blocks, input
/// channel, two vectors of outputs), into `u`.
template <class T>
void transform_weight(const Conv2dGeometry& g, const T* weight, T* u) {
  constexpr Index width = Simd<T>::width;
  const Index in_blocks = g.in_channels / width;
  const Index out_blocks = g.out_channels / width;
  parallel_for(in_blocks * out_blocks, [&](Index i) {
    const Index in = i % in_blocks * width;
    const Index out = i / in_blocks;
    // turned: (tap, input channel, output channel)
    T turned[9 * width * width];
    for (Index o = 0; o < width; ++o) {
      const T* from = weight + (out * width + o) * g.patch() + in;
      for (Index tap = 0; tap < 9; ++tap, from += g.in_channels) {
        for (Index c = 0; c < width; ++c) turned[(tap * width + c) * width + o] = from[c];
      }
    }
    for (Index c = 0; c < width; ++c) {
      Vector<T> taps[9], e[patch * 3], row[patch];
      for (Index tap = 0; tap < 9; ++tap) taps[tap] = load(turned + (tap * width + c) * width);
      for (int j = 0; j < 3; ++j) weight_transform(taps + j, 3, e + j, 3);
      T* to = u + ((out / 2 * g.in_channels + in + c) * 2 + out % 2) * width;
      for (int k = 0; k < patch; ++k) {
        weight_transform(e + k * 3, 1, row, 1);
        for (int j = 0; j < patch; ++j, to += g.in_channels * g.out_channels) store(to, row[j]);
      }
    }
  });
}

/// The same for the gradient of the input: filters turned round, inputs and outputs exchanged.
template <class T>
void transform_weight_backward(const Conv2dGeometry& g, const T* weight, T* u) {
  constexpr Index width = Simd<T>::width;
  const Index blocks = g.in_channels / width;
  parallel_for(g.out_channels, [&](Index o) {
    for (Index block = 0; block < blocks; ++block) {
      Vector<T> taps[9], e[patch * 3], row[patch];
      const T* from = weight + o * g.patch() + block * width;
      for (Index tap = 0; tap < 9; ++tap) taps[8 - tap] = load(from + tap * g.in_channels);
      for (int j = 0; j < 3; ++j) weight_transform(taps + j, 3, e + j, 3);
      T* to = u + ((block / 2 * g.out_channels + o) * 2 + block % 2) * width;
      for (int k = 0; k < patch; ++k) {
        weight_transform(e + k * 3, 1, row, 1);
        for (int j = 0; j < patch; ++j, to += g.in_channels * g.out_channels) store(to, row[j]);
      }
    }
  });
}

/// y = conv(x, weight) with weights that are already transformed.
template <class T>
void convolve(const Conv2dGeometry& g, const T* x, const T* u, const Epilogue<T>& epilogue, T* y) {
  const Tiling t(g);
  const Index block = block_tiles(g.in_channels, t.count());
  parallel_ranges(t.count(), block, [&](Index begin, Index end) {
    const Index stride = block;
    T* const v = scratch<T>(coordinates * stride * (g.in_channels + g.out_channels));
    T* const m = v + coordinates * stride * g.in_channels;
    transform_input(g, t, begin, end, stride, x, v);
    multiply(end - begin, stride, g.in_channels, g.out_channels, v, u, m);
    transform_output(g, t, begin, end, stride, m, epilogue, y);
  });
}

/// The convolution over dy that gives the gradient of x.
inline Conv2dGeometry turned_round(const Conv2dGeometry& g) {
  return {
      g.batch, g.out_channels, g.out_height, g.out_width, g.in_channels, g.in_height, g.in_width, 3,
      1,       2 - g.padding};
}

/// du[coordinate] += w[coordinate]' v[coordinate] over `count` tiles, for filters [begin, end) of
/// one coordinate: du is (filter, channel), v and w (block, tile, channel).
template <class T>
void multiply_gradient(Index count, Index stride, Index channels, Index filters, const T* v,
                       const T* w, T* du) {
  constexpr Index width = Simd<T>::width;
  constexpr int side = width < 8 ? 4 : 8;
  for (Index filter = 0; filter < filters; filter += side) {
    const T* const b = w + (filter / width * stride) * width + filter % width;
    for (Index c = 0; c < channels; c += 2 * width) {
      const T* const a = v + c / width * stride * width;
      Tile<T, side> sums;
      for (Index n = 0; n < count; ++n) {
        sums.add(load(a + n * width), load(a + (stride + n) * width),
                 [&](int r) { return b[n * width + r]; });
      }
      for (int r = 0; r < side; ++r) {
        T* to = du + (filter + r) * channels + c;
        store(to, load(to) + sums.sums[r][0]);
        store(to + width, load(to + width) + sums.sums[r][1]);
      }
    }
  }
}

/// dweight += the gradient of the weight.
template <class T>
void backward_weight(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  constexpr Index width = Simd<T>::width;
  const Tiling t(g);
  const Index size = g.in_channels * g.out_channels;
  // As many tiles at a time as fill about 8 MB in both transformed forms.
  const Index most =
      std::max<Index>(rows, (Index{1} << 21) / (coordinates * (g.in_channels + g.out_channels)));
  const Index chunk = std::min(t.count(), most);
  T* const du = shared_scratch<T, 2>(coordinates * size);
  T* const v = shared_scratch<T, 3>(coordinates * chunk * (g.in_channels + g.out_channels));
  T* const w = v + coordinates * chunk * g.in_channels;
  parallel_for(coordinates, [&](Index at) { std::fill_n(du + at * size, size, T(0)); });
  for (Index first = 0; first < t.count(); first += chunk) {
    const Index count = std::min(chunk, t.count() - first);
    constexpr Index grain = 8;
    parallel_ranges(count, grain, [&](Index begin, Index end) {
      transform_input(g, t, first + begin, first + end, chunk, x, v + begin * width);
      transform_gradient(g, t, first + begin, first + end, chunk, dy, w + begin * width);
    });
    parallel_for(coordinates, [&](Index at) {
      multiply_gradient(count, chunk, g.in_channels, g.out_channels, v + at * chunk * g.in_channels,
                        w + at * chunk * g.out_channels, du + at * size);
    });
  }
  parallel_for(g.out_channels, [&](Index o) {
    for (Index c = 0; c < g.in_channels; c += width) {
      Vector<T> d[coordinates], e[3 * patch], row[3];
      for (Index at = 0; at < coordinates; ++at)
        d[at] = load(du + at * size + o * g.in_channels + c);
      for (int j = 0; j < patch; ++j) weight_transform_backward(d + j, patch, e + j, patch);
      T* to = dweight + o * g.patch() + c;
      for (int i = 0; i < 3; ++i) {
        weight_transform_backward(e + i * patch, 1, row, 1);
        for (int j = 0; j < 3; ++j, to += g.in_channels) store(to, load(to) + row[j]);
      }
    }
  });
}

/// Whether it may be used at all; see set_winograd.
inline std::atomic<bool>& allowed() {
  static std::atomic<bool> flag{true};
  return flag;
}

/// Whether Winograd's form is the faster one: float, full blocks of channels, and tiles that the
/// outputs fill well enough.
template <class T>
bool pays(const Conv2dGeometry& g) {
  if (!allowed() || sizeof(T) != 4 || g.kernel != 3 || g.stride != 1 || g.padding > 2) return false;
  if (g.in_channels % tile_width<T> != 0 || g.out_channels % tile_width<T> != 0) return false;
  const Tiling t(g);
  const bool filled = 36 * t.per_image() * 2 < 9 * g.out_height * g.out_width;
  // The transformed weights are four times as large; few tiles do not pay for reading them.
  return filled && t.count() >= (g.in_channels > 256 ? 2 * rows : rows);
}

}  // namespace osteon::cpu::winograd

namespace osteon::cpu {

/// Turns Winograd's form off (and on again): every convolution is then summed directly.
inline void set_winograd(bool on) { winograd::allowed() = on; }

}  // namespace osteon::cpu
