// Convolution on the GPU over channels-last memory, the fastest way that the program is built with:
// by cuDNN (cudnn.hpp), by cuBLAS over patches (im2col.hpp), or as functors alone
// (implicit_gemm.hpp).
//
// x is (N, H, W, C); the weight is (O, kernel, kernel, C): PyTorch's (O, C, kernel, kernel) in
// channels_last; y is (N, OH, OW, O).
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cuda/cudnn_benchmark.hpp>
#include <osteon/cuda/im2col.hpp>
#include <osteon/cuda/implicit_gemm.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/space_to_depth.hpp>
#include <osteon/cuda/sum_rows.hpp>

#if defined(OSTEON_CUDNN)
#include <osteon/cuda/cudnn.hpp>
#endif

#include <cstddef>
#include <type_traits>

namespace osteon {
namespace gpu {

#if defined(OSTEON_CUDNN)
inline constexpr bool has_cudnn = true;
/// Of the cuDNN that the program has loaded, such as 91400; 0 without cuDNN.
[[nodiscard]] inline std::size_t cudnn_version() { return cudnnGetVersion(); }
#else
inline constexpr bool has_cudnn = false;
[[nodiscard]] inline std::size_t cudnn_version() { return 0; }
#endif

/// Whether cuDNN is asked for a convolution; it may still have none. Products of matrices are
/// cuBLAS's, as is double.
template <class T>
[[nodiscard]] bool is_for_cudnn(const Conv2dGeometry& g) {
  const bool is_product = g.kernel == 1 && g.in_height * g.in_width == 1;
  return has_cudnn && !std::is_same_v<T, double> && !is_product;
}

/// y = conv(x, weight), by cuDNN. False where it has none for this.
template <class T>
bool forward_by_cudnn([[maybe_unused]] const Conv2dGeometry& g, [[maybe_unused]] const T* x,
                      [[maybe_unused]] const T* weight,
                      [[maybe_unused]] const Epilogue<T>& epilogue, [[maybe_unused]] T* y) {
#if defined(OSTEON_CUDNN)
  if constexpr (!std::is_same_v<T, double>) {
    if (!is_for_cudnn<T>(g)) return false;
    if (SpaceToDepth::helps<T>(g)) {
      const SpaceToDepth s(g);
      const Scratch<T> images(s.images()), deep(s.to.weights());
      to_depth(s, x, images.data());
      weight_to_depth(s, weight, deep.data());
      const T *const z = images.data(), *const w = deep.data();
      if (cudnn::forward(s.to, z, w, epilogue, y)) return true;
    }
    if (cudnn::forward(g, x, weight, epilogue, y)) return true;
    if (epilogue.bias == nullptr && epilogue.addend == nullptr && !epilogue.relu) return false;
    // Without what follows, then. The addend may be y.
    const Scratch<T> product(g.rows() * g.out_channels);
    if (!cudnn::forward(g, x, weight, {}, product.data())) return false;
    apply_epilogue(g, product.data(), epilogue, y);
    return true;
  }
#endif
  return false;
}

/// dx = the gradient of x, or dx += with `add`, by cuDNN.
template <class T>
bool backward_input_by_cudnn([[maybe_unused]] const Conv2dGeometry& g, [[maybe_unused]] const T* dy,
                             [[maybe_unused]] const T* weight, [[maybe_unused]] T* dx,
                             [[maybe_unused]] bool add) {
#if defined(OSTEON_CUDNN)
  if constexpr (!std::is_same_v<T, double>) {
    if (!is_for_cudnn<T>(g)) return false;
    if (cudnn::backward_input(g, dy, weight, dx, add)) return true;
    if (!add) return false;
    const Index size = g.batch * g.in_height * g.in_width * g.in_channels;
    const Scratch<T> gradient(size);
    if (!cudnn::backward_input(g, dy, weight, gradient.data(), false)) return false;
    accumulate(Cuda{}, size, gradient.data(), dx);
    return true;
  }
#endif
  return false;
}

/// dweight += the gradient of the weight, by cuDNN.
template <class T>
bool backward_weight_by_cudnn([[maybe_unused]] const Conv2dGeometry& g, [[maybe_unused]] const T* x,
                              [[maybe_unused]] const T* dy,
                              [[maybe_unused]] ComputeType<T>* dweight) {
#if defined(OSTEON_CUDNN)
  if constexpr (!std::is_same_v<T, double>) {
    if (!is_for_cudnn<T>(g)) return false;
    if (SpaceToDepth::helps<T>(g)) {
      const SpaceToDepth s(g);
      const Scratch<T> images(s.images()), deep(s.to.weights());
      to_depth(s, x, images.data());
      const T* const z = images.data();
      if (cudnn::backward_weight(s.to, z, dy, deep.data())) {
        add_weight_from_depth(s, deep.data(), dweight);
        return true;
      }
    }
    const Scratch<T> gradient(g.weights());
    if (!cudnn::backward_weight(g, x, dy, gradient.data())) return false;
    accumulate(Cuda{}, g.weights(), gradient.data(), dweight);
    return true;
  }
#endif
  return false;
}

}  // namespace gpu

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
    copy(Cuda{}, g.weights(), weight, packed);  // cuDNN reads it so, too
  } else {
    gpu::implicit_gemm::pack(g, weight, packed);
  }
}

/// y = conv(x, weight), through the epilogue, with a packed weight.
template <class T>
void conv2d_forward_packed(Cuda, const Conv2dGeometry& g, Conv2dAlgorithm /*algorithm*/, const T* x,
                           const T* packed, const Epilogue<T>& epilogue, T* y) {
  if constexpr (gpu::has_cublas) {
    if (gpu::forward_by_cudnn(g, x, packed, epilogue, y)) return;
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
  if (gpu::forward_by_cudnn(g, x, weight, epilogue, y)) return;
  if constexpr (gpu::has_cublas) {
    gpu::im2col::forward(g, x, weight, epilogue, y);
  } else {
    const gpu::Scratch<T> packed(g.weights());
    gpu::implicit_gemm::pack(g, weight, packed.data());
    gpu::implicit_gemm::forward(g, x, static_cast<const T*>(packed.data()), epilogue, y);
  }
}

/// dx = the gradient of x, or dx += with `add`.
template <class T>
void conv2d_backward_input(Cuda, const Conv2dGeometry& g, const T* dy, const T* weight, T* dx,
                           bool add = false) {
  if (gpu::backward_input_by_cudnn(g, dy, weight, dx, add)) return;
  if constexpr (gpu::has_cublas) {
    gpu::im2col::backward_input(g, dy, weight, dx, add);
  } else {
    gpu::implicit_gemm::backward_input(g, dy, weight, dx, add);
  }
}

/// dweight += the gradient of the weight; dbias += that of the bias, if not null.
template <class T>
void conv2d_backward_weight(Cuda, const Conv2dGeometry& g, const T* x, const T* dy,
                            ComputeType<T>* dweight, ComputeType<T>* dbias) {
  using P = ComputeType<T>;
  if (!gpu::backward_weight_by_cudnn(g, x, dy, dweight)) {
    if constexpr (gpu::has_cublas) {
      gpu::im2col::backward_weight(g, x, dy, dweight);
    } else {
      gpu::implicit_gemm::backward_weight(g, x, dy, dweight);
    }
  }
  if (dbias == nullptr) return;
  gpu::sum_rows<P>(
      g.rows(), g.out_channels,
      [=] OSTEON_KERNEL(Index row, Index o) -> P { return dy[row * g.out_channels + o]; },
      [=] OSTEON_KERNEL(Index o, double sum) { dbias[o] += static_cast<P>(sum); });
}

}  // namespace osteon
