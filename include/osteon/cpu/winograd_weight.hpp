// The filters of 3x3 convolutions in Winograd's form. Transformed weights are (coordinate, pair of
// output blocks, input channel, two vectors of outputs), or those of one pair (coordinate, input
// channel, two vectors). What is written together lies a vector more than a power of two apart, or
// it would fall into a few sets of the caches.
#pragma once

#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/simd.hpp>

namespace osteon::cpu::winograd {

/// Elements from one coordinate of the transformed weights to the next.
template <class T>
Index weight_step(const Conv2dGeometry& g) {
  return g.in_channels * g.out_channels + Simd<T>::width;
}
/// The same of one pair, of which `channels` are read.
template <class T>
Index pair_step(Index channels) {
  return (2 * channels + 1) * Simd<T>::width;
}

/// Elements of the transformed weights.
template <class F, class T>
Index packed_size(const Conv2dGeometry& g) {
  return F::coordinates * weight_step<T>(g);
}

/// G g G' of one vector of filters; `step` elements lie between two coordinates.
template <class F, class T>
[[gnu::always_inline]] inline void store_weight(const Vector<T>* taps, T* u, Index step) {
  Vector<T> e[F::patch * 3], row[F::patch];
  for (int j = 0; j < 3; ++j) F::weight(taps + j, 3, e + j, 3);
  for (int k = 0; k < F::patch; ++k) {
    F::weight(e + k * 3, 1, row, 1);
    for (int j = 0; j < F::patch; ++j, u += step) store(u, row[j]);
  }
}

/// The transformed weights of a block of inputs `in` and a block of outputs `out`.
template <class F, class T>
void transform_weight_block(const Conv2dGeometry& g, Index in, Index out, const T* weight, T* u,
                            Index step) {
  constexpr Index width = Simd<T>::width;
  T turned[9 * width * width];  // (tap, input channel, output channel)
  for (Index tap = 0; tap < 9; ++tap) {
    Vector<T> square[width];
    const T* from = weight + out * width * g.patch() + tap * g.in_channels + in * width;
    OSTEON_UNROLL
    for (Index o = 0; o < width; ++o, from += g.patch()) {
      square[o] = load(from);
      __builtin_prefetch(from + width);  // of the next block
    }
    transpose<T>(square);
    OSTEON_UNROLL
    for (Index c = 0; c < width; ++c) store(turned + (tap * width + c) * width, square[c]);
  }
  for (Index c = 0; c < width; ++c) {
    Vector<T> taps[9];
    for (Index tap = 0; tap < 9; ++tap) taps[tap] = load(turned + (tap * width + c) * width);
    store_weight<F, T>(taps, u + 2 * c * width, step);
  }
}

/// For the gradient of the input, which reads outputs and writes inputs, with the filters turned
/// round: the transformed weights of one output `o` and a block of inputs.
template <class F, class T>
[[gnu::always_inline]] inline void transform_weight_backward_block(const Conv2dGeometry& g, Index o,
                                                                   Index block, const T* weight,
                                                                   T* u, Index step) {
  Vector<T> taps[9];
  const T* from = weight + o * g.patch() + block * Simd<T>::width;
  for (Index tap = 0; tap < 9; ++tap, from += g.in_channels) {
    taps[8 - tap] = load(from);
    __builtin_prefetch(from + 2 * g.patch());
  }
  store_weight<F, T>(taps, u, step);
}

/// Of a pair of the blocks that the convolution, or the gradient, writes, and channels [begin, end)
/// of those that it reads.
template <class F, class T>
void transform_weight_pair(const Conv2dGeometry& g, Index pair, Index begin, Index end,
                           const T* weight, T* u) {
  constexpr Index width = Simd<T>::width;
  for (Index in = begin / width; in < end / width; ++in) {
    for (Index i = 0; i < 2; ++i)
      transform_weight_block<F>(g, in, 2 * pair + i, weight,
                                u + (2 * (in * width - begin) + i) * width,
                                pair_step<T>(end - begin));
  }
}
template <class F, class T>
void transform_weight_backward_pair(const Conv2dGeometry& g, Index pair, Index begin, Index end,
                                    const T* weight, T* u) {
  constexpr Index width = Simd<T>::width;
  for (Index o = begin; o < end; ++o) {
    for (Index i = 0; i < 2; ++i)
      transform_weight_backward_block<F>(
          g, o, 2 * pair + i, weight, u + (2 * (o - begin) + i) * width, pair_step<T>(end - begin));
  }
}

/// Of all of them, for the convolution.
template <class F, class T>
void transform_weight(const Conv2dGeometry& g, const T* weight, T* u) {
  constexpr Index width = Simd<T>::width;
  const Index in_blocks = g.in_channels / width;
  const Index out_blocks = g.out_channels / width;
  parallel_for(in_blocks * out_blocks, [&](Index i) {
    const Index in = i % in_blocks, out = i / in_blocks;
    transform_weight_block<F>(g, in, out, weight,
                              u + ((out / 2 * g.in_channels + in * width) * 2 + out % 2) * width,
                              weight_step<T>(g));
  });
}

/// Of all of them, for the gradient of the input.
template <class F, class T>
void transform_weight_backward(const Conv2dGeometry& g, const T* weight, T* u) {
  constexpr Index width = Simd<T>::width;
  const Index blocks = g.in_channels / width;
  parallel_for(g.out_channels, [&](Index o) {
    for (Index block = 0; block < blocks; ++block) {
      transform_weight_backward_block<F>(
          g, o, block, weight, u + ((block / 2 * g.out_channels + o) * 2 + block % 2) * width,
          weight_step<T>(g));
    }
  });
}

}  // namespace osteon::cpu::winograd
