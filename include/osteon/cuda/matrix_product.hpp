// Matrix products on the GPU: by cuBLAS where the program is built with it (OSTEON_CUBLAS), else
// one functor an element.
#pragma once

#include <osteon/core/shape.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/thrust.hpp>

#if defined(OSTEON_CUBLAS)
#include <osteon/cuda/cublas.hpp>
#endif

namespace osteon::gpu {

#if defined(OSTEON_CUBLAS)
inline constexpr bool has_cublas = true;
#else
inline constexpr bool has_cublas = false;
#endif

/// A matrix in row-major memory; transposed, it is read as if its rows were columns.
template <class T>
struct Matrix {
  const T* data;
  bool transposed = false;
};

/// c (m, n) = a (m, k) b (k, n), or c += with `add`, element by element.
template <class T, class C>
void multiply_by_thrust(Index m, Index n, Index k, Matrix<T> a, Matrix<T> b, bool add, C* c) {
  for_each_index(m * n, [=] OSTEON_KERNEL(Index i) {
    const T* left = a.data + i / n * (a.transposed ? 1 : k);
    const T* right = b.data + i % n * (b.transposed ? k : 1);
    ComputeType<T> sum = 0;
    for (Index j = 0; j < k; ++j) {
      sum += *left * *right;
      left += a.transposed ? m : 1;
      right += b.transposed ? 1 : n;
    }
    hand_on(c + i, add, sum);
  });
}

/// c (m, n) = a (m, k) b (k, n), or c += with `add`, the fastest way there is. C is T, or what T is
/// computed in.
template <class T, class C>
void multiply(Index m, Index n, Index k, Matrix<T> a, Matrix<T> b, bool add, C* c) {
#if defined(OSTEON_CUBLAS)
  multiply_by_cublas(m, n, k, a.data, a.transposed, b.data, b.transposed, add, c);
#else
  multiply_by_thrust(m, n, k, a, b, add, c);
#endif
}

}  // namespace osteon::gpu
