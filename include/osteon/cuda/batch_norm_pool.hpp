// Batch normalisation, ReLU and max pooling on the GPU: the stem of a ResNet, whose normalised
// image is the largest activation of the network and is never written. Where it is needed again, it
// is computed again.
#pragma once

#include <osteon/core/batch_norm.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/core/gradient.hpp>
#include <osteon/cuda/batch_norm.hpp>
#include <osteon/cuda/batch_norm_pool_vectors.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/pool2d.hpp>

#include <cstddef>
#include <type_traits>

namespace osteon {
namespace gpu {

/// The normalised (and rectified) values, for MaxPool2dOutput and MaxPool2dGradient.
template <class T>
struct NormalizedValues {
  using P = ComputeType<T>;
  BatchNorm<P> norm;
  const T* x;

  OSTEON_HOST_DEVICE P operator()(Index i, Index c) const {
    const P value = normalized(norm, static_cast<P>(x[i]), c);
    return norm.relu ? op::Relu{}(value) : value;
  }
};

}  // namespace gpu

/// y = max_pool(relu(normalised x)); g is the pooling's geometry.
template <class T>
void batch_norm_pool_forward(Cuda, const BatchNorm<ComputeType<T>>& norm, const Conv2dGeometry& g,
                             const T* x, T* y) {
  using Values = gpu::NormalizedValues<T>;
  gpu::prepare_statistics(norm, x);
#if defined(__CUDACC__)
  if constexpr (std::is_same_v<ComputeType<T>, float>) {
    if (gpu::has_channel_kernels<T>(g.in_channels) && gpu::has_pool_kernels(g)) {
      return gpu::for_each_vector<T>(g.rows(), g.in_channels,
                                     gpu::NormalizeAndPoolBody<T>{norm, gpu::PoolWindow(g), x, y});
    }
  }
#endif
  gpu::transform(g.rows() * g.in_channels, y, gpu::MaxPool2dOutput<T, Values>{g, {norm, x}});
}

/// Adds the gradients of weight and bias; writes or adds that of x, if it is wanted. `y` is
/// forward's output, `dy` its gradient.
template <class T>
void batch_norm_pool_backward(Cuda, const BatchNorm<ComputeType<T>>& norm, const Conv2dGeometry& g,
                              const T* x, const T* y, const T* dy, ComputeType<T>* dweight,
                              ComputeType<T>* dbias, const Gradient<T>& dx) {
  using P = ComputeType<T>;
#if defined(__CUDACC__)
  if constexpr (std::is_same_v<P, float>) {
    if (gpu::has_channel_kernels<T>(g.in_channels) && gpu::has_pool_kernels(g)) {
      return gpu::pool_backward_vectors(norm, g, x, dy, dweight, dbias, dx);
    }
  }
#endif
  const gpu::MaxPool2dGradient<T, gpu::NormalizedValues<T>> unpool{g, {norm, x}, y, dy, false};
  const gpu::Scratch<T> behind(gpu::input_elements(g));
  gpu::transform(gpu::input_elements(g), behind.data(), [=] OSTEON_KERNEL(Index i) {
    const P passed = unpool(i, P(0));
    return static_cast<T>(
        norm.relu ? gpu::relu_backward(unpool.values(i, i % g.in_channels), passed) : passed);
  });
  BatchNorm<P> without_relu = norm;
  without_relu.relu = false;
  batch_norm_backward(Cuda{}, without_relu, x, static_cast<const T*>(nullptr),
                      static_cast<const T*>(behind.data()), false, dweight, dbias, dx, {});
}

}  // namespace osteon
