// Elementwise operations of layers on the GPU, over `size` consecutive elements.
#pragma once

#include <osteon/core/operation.hpp>
#include <osteon/cuda/memory.hpp>

namespace osteon {
namespace gpu {

/// dy where the output y of a ReLU is positive, else 0.
template <class T>
OSTEON_HOST_DEVICE T relu_backward(T y, T dy) {
  return y > T(0) ? dy : T(0);
}

/// Writes a gradient, or adds it to what others have written.
template <class T>
OSTEON_HOST_DEVICE void hand_on(T* to, bool add, ComputeType<T> gradient) {
  *to = static_cast<T>(add ? static_cast<ComputeType<T>>(*to) + gradient : gradient);
}

}  // namespace gpu

/// to += from.
template <class From, class To>
void accumulate(Cuda, Index size, const From* from, To* to) {
  gpu::for_each_index(size, [=] OSTEON_KERNEL(Index i) {
    gpu::hand_on(to + i, true, static_cast<ComputeType<To>>(from[i]));
  });
}

/// y = a + b, or its ReLU; y may be a or b.
template <class T>
void add_forward(Cuda, Index size, const T* a, const T* b, bool relu, T* y) {
  gpu::transform(size, y, [=] OSTEON_KERNEL(Index i) {
    const ComputeType<T> sum = a[i] + b[i];
    return static_cast<T>(relu ? op::Relu{}(sum) : sum);
  });
}

/// y = x where positive, else 0; y may be x.
template <class T>
void relu_forward(Cuda, Index size, const T* x, T* y) {
  gpu::transform(size, y, [=] OSTEON_KERNEL(Index i) { return op::Relu{}(x[i]); });
}

/// dx = dy where the output y is positive, else 0; dx += with `add`. dx may be dy.
template <class T>
void relu_backward(Cuda, Index size, const T* y, const T* dy, T* dx, bool add = false) {
  gpu::for_each_index(size, [=] OSTEON_KERNEL(Index i) {
    gpu::hand_on(dx + i, add, gpu::relu_backward(y[i], dy[i]));
  });
}

}  // namespace osteon
