// Convolution on the GPU over channels-last memory: through cuBLAS where the program is built with
// it (im2col.hpp), else as functors alone (implicit_gemm.hpp).
//
// x is (N, H, W, C); the weight is (O, kernel, kernel, C): PyTorch's (O, C, kernel, kernel) in
// channels_last; y is (N, OH, OW, O).
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cuda/im2col.hpp>
#include <osteon/cuda/implicit_gemm.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/sum_rows.hpp>

#include <cstddef>

namespace osteon {

/// How a convolution is computed best.
template <class T>
Conv2dAlgorithm conv2d_algorithm(Cuda, const Conv2dGeometry& /*g*/) {
  return Conv2dAlgorithm::direct;
}

/// Elements of the weight in the form that conv2d_forward_packed reads.
template <class T>
Index conv2d_packed_size(Cuda, const Conv2dGeometry& g, Conv2dAlgorithm /*algorithm*/) {
  return g.weights();
}

/// Brings the weight into the form that conv2d_forward_packed reads.
template <class T>
void conv2d_pack(Cuda, const Conv2dGeometry& g, Conv2dAlgorithm /*algorithm*/, const T* weight,
                 T* packed) {
  if constexpr (gpu::has_cublas) {
    copy(Cuda{}, g.weights(), weight, packed);
  } else {
    gpu::implicit_gemm::pack(g, weight, packed);
  }
}

/// y = conv(x, weight), through the epilogue, with a packed weight.
template <class T>
void conv2d_forward_packed(Cuda, const Conv2dGeometry& g, Conv2dAlgorithm /*algorithm*/, const T* x,
                           const T* packed, const Epilogue<T>& epilogue, T* y) {
  if constexpr (gpu::has_cublas) {
    gpu::im2col::forward(g, x, packed, epilogue, y);
  } else {
    gpu::implicit_gemm::forward(g, x, packed, epilogue, y);
  }
}

/// y = conv(x, weight) + bias; bias may be null.
template <class T>
void conv2d_forward(Cuda, const Conv2dGeometry& g, const T* x, const T* weight, const T* bias,
                    T* y) {
  const Epilogue<T> epilogue{bias, nullptr, false};
  if constexpr (gpu::has_cublas) {
    gpu::im2col::forward(g, x, weight, epilogue, y);
  } else {
    Buffer<T, Cuda> packed(static_cast<std::size_t>(g.weights()));
    gpu::implicit_gemm::pack(g, weight, packed.data());
    gpu::implicit_gemm::forward(g, x, static_cast<const T*>(packed.data()), epilogue, y);
  }
}

/// dx = the gradient of x, or dx += with `add`.
template <class T>
void conv2d_backward_input(Cuda, const Conv2dGeometry& g, const T* dy, const T* weight, T* dx,
                           bool add = false) {
  if constexpr (gpu::has_cublas) {
    gpu::im2col::backward_input(g, dy, weight, dx, add);
  } else {
    gpu::implicit_gemm::backward_input(g, dy, weight, dx, add);
  }
}

/// dweight += the gradient of the weight; dbias += that of the bias, if not null.
template <class T>
void conv2d_backward_weight(Cuda, const Conv2dGeometry& g, const T* x, const T* dy, T* dweight,
                            T* dbias) {
  if constexpr (gpu::has_cublas) {
    gpu::im2col::backward_weight(g, x, dy, dweight);
  } else {
    gpu::implicit_gemm::backward_weight(g, x, dy, dweight);
  }
  if (dbias == nullptr) return;
  gpu::sum_rows<T>(
      g.rows(), g.out_channels,
      [=] OSTEON_HOST_DEVICE(Index row, Index o) { return dy[row * g.out_channels + o]; },
      [=] OSTEON_HOST_DEVICE(Index o, double sum) { dbias[o] += static_cast<T>(sum); });
}

}  // namespace osteon
