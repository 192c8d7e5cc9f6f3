// Vectors of the processor's own width, as compiler vector types: one source for AVX-512, AVX2,
// NEON and SSE.
#pragma once

#include <osteon/core/shape.hpp>

#include <cstring>
#include <utility>

#if defined(__CUDACC__)
#error osteon: nvcc does not compile the CPU backend; give what runs on the Cpu a source of its own
#endif

// Before a loop over the vectors of a small array: unrolled, the array stays in registers. At -O2
// GCC doesn't by itself.
#if defined(__clang__)
#define OSTEON_UNROLL _Pragma("unroll")
#else
#define OSTEON_UNROLL _Pragma("GCC unroll 16")
#endif
// Before a loop whose body is a step of a register tile: what a step costs beside its multiply-adds
// is shared by a few.
#if defined(__clang__)
#define OSTEON_UNROLL_STEPS _Pragma("unroll 4")
#else
#define OSTEON_UNROLL_STEPS _Pragma("GCC unroll 4")
#endif

namespace osteon::cpu {

// The register file decides the tile: accumulators for `tile_rows` x 2 vectors, and room for two
// weights and a broadcast.
#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
inline constexpr int tile_rows = 14;  // of 32 registers
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
inline constexpr int tile_rows = 6;  // of 16 registers
#elif defined(__aarch64__)
inline constexpr int vector_bytes = 16;
inline constexpr int tile_rows = 14;  // of 32 registers
#else
inline constexpr int vector_bytes = 16;
inline constexpr int tile_rows = 6;
#endif

template <class T>
struct Simd {
  typedef T type __attribute__((vector_size(vector_bytes)));
  static constexpr Index width = vector_bytes / static_cast<Index>(sizeof(T));
};
template <class T>
using Vector = typename Simd<T>::type;
/// Steps of a register tile by which weights are fetched ahead: they come from the second-level
/// cache or farther, and the processor itself looks ahead three or four steps.
inline constexpr Index steps_ahead = 8;
/// Elements of the two vectors that a tile is wide.
template <class T>
inline constexpr Index tile_width = 2 * Simd<T>::width;

template <class T>
[[gnu::always_inline]] inline Vector<T> load(const T* from) {
  Vector<T> vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}
template <class T>
[[gnu::always_inline]] inline void store(T* to, Vector<T> vector) {
  std::memcpy(to, &vector, sizeof vector);
}

// Kernels over channels are written once, for a lane type V: whole vectors, then single values for
// what is left of the channels.

/// A V (a vector or a single value) from memory.
template <class V, class T>
[[gnu::always_inline]] inline V read(const T* from) {
  V value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class V, class T>
[[gnu::always_inline]] inline void write(T* to, const V& value) {
  std::memcpy(to, &value, sizeof value);
}

/// body<V>(i) for lanes that cover [0, size): V is Vector<T> as long as whole ones fit, then T.
template <class T, class Body>
[[gnu::always_inline]] inline void for_each_lane(Index size, const Body& body) {
  Index i = 0;
  for (; i + Simd<T>::width <= size; i += Simd<T>::width) body.template operator()<Vector<T>>(i);
  for (; i < size; ++i) body.template operator()<T>(i);
}

/// As PyTorch's ReLU: what is not a number passes.
template <class V>
[[gnu::always_inline]] inline V relu(V x) {
  return x < 0 ? V{} : x;
}
/// A ReLU's gradient: dy where its output y is positive.
template <class V>
[[gnu::always_inline]] inline V relu_backward(V y, V dy) {
  return y > 0 ? dy : V{};
}

namespace detail {

/// Exchanges a's values at places with the bit Step for b's that lie Step before them.
template <int Step, class V, int... I>
[[gnu::always_inline]] inline void exchange(V& a, V& b, std::integer_sequence<int, I...>) {
  constexpr int size = sizeof...(I);
  const V low = __builtin_shufflevector(a, b, ((I & Step) != 0 ? size + I - Step : I)...);
  b = __builtin_shufflevector(a, b, ((I & Step) != 0 ? size + I : I + Step)...);
  a = low;
}

template <int Step, class V, int Size>
[[gnu::always_inline]] inline void transpose_steps(V* rows) {
  OSTEON_UNROLL
  for (int i = 0; i < Size; ++i) {
    if ((i & Step) == 0)
      exchange<Step>(rows[i], rows[i + Step], std::make_integer_sequence<int, Size>{});
  }
  if constexpr (2 * Step < Size) transpose_steps<2 * Step, V, Size>(rows);
}

}  // namespace detail

/// A square of as many vectors as one has values: rows become columns.
template <class T>
[[gnu::always_inline]] inline void transpose(Vector<T>* rows) {
  detail::transpose_steps<1, Vector<T>, static_cast<int>(Simd<T>::width)>(rows);
}

/// A register tile: Rows x 2 vectors of sums.
template <class T, int Rows>
struct Tile {
  Vector<T> sums[Rows][2] = {};

  /// sums[r] += values(r) * (w0, w1), for every row; unrolled by the pack.
  template <class Values>
  [[gnu::always_inline]] void add(Vector<T> w0, Vector<T> w1, const Values& values) {
    [&]<int... R>(std::integer_sequence<int, R...>) __attribute__((always_inline)) {
      ((add_row(R, values(R), w0, w1)), ...);
    }
    (std::make_integer_sequence<int, Rows>{});
  }

  /// body(r, sums[r][0], sums[r][1]) for every row; unrolled, so the sums stay in registers.
  template <class Body>
  [[gnu::always_inline]] void for_each_row(const Body& body) const {
    [&]<int... R>(std::integer_sequence<int, R...>) __attribute__((always_inline)) {
      ((body(R, sums[R][0], sums[R][1])), ...);
    }
    (std::make_integer_sequence<int, Rows>{});
  }

 private:
  [[gnu::always_inline]] void add_row(int r, T value, Vector<T> w0, Vector<T> w1) {
    sums[r][0] += value * w0;
    sums[r][1] += value * w1;
  }
};

}  // namespace osteon::cpu
