// The fully connected layer on the GPU: x is (N, in), the weight (out, in), y (N, out). A pointwise
// convolution over images of one pixel.
#pragma once

#include <osteon/cuda/conv2d.hpp>

namespace osteon {
namespace gpu {

inline Conv2dGeometry as_pointwise(Index batch, Index in, Index out) {
  return {batch, in, 1, 1, out, 1, 1, 1, 1, 0};
}

}  // namespace gpu

/// y = x weight^T + bias; bias may be null.
template <class T>
void linear_forward(Cuda, Index batch, Index in, Index out, const T* x, const T* weight,
                    const T* bias, T* y) {
  conv2d_forward(Cuda{}, gpu::as_pointwise(batch, in, out), x, weight, bias, y);
}

/// dx = dy weight, or dx += with `add`.
template <class T>
void linear_backward_input(Cuda, Index batch, Index in, Index out, const T* dy, const T* weight,
                           T* dx, bool add = false) {
  conv2d_backward_input(Cuda{}, gpu::as_pointwise(batch, in, out), dy, weight, dx, add);
}

/// dweight += dy^T x; dbias += the sum of dy over the batch, if not null.
template <class T>
void linear_backward_weight(Cuda, Index batch, Index in, Index out, const T* x, const T* dy,
                            ComputeType<T>* dweight, ComputeType<T>* dbias) {
  conv2d_backward_weight(Cuda{}, gpu::as_pointwise(batch, in, out), x, dy, dweight, dbias);
}

}  // namespace osteon
