// Convolution on the GPU over channels-last memory, as an implicit matrix product: a functor finds
// the numbers that it multiplies where they lie, no patches are written.
//
// x is (N, H, W, C); the weight is (O, kernel, kernel, C): PyTorch's (O, C, kernel, kernel) in
// channels_last; y is (N, OH, OW, O).
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/sum_rows.hpp>
#include <osteon/cuda/window.hpp>

#include <cstddef>

namespace osteon {
namespace gpu {

/// Output `i` of a convolution with a packed weight (patch, O): neighbours in i read neighbours of
/// the weight, and the same inputs.
template <class T>
struct Conv2dOutput {
  Conv2dGeometry g;
  const T *x, *packed;
  Epilogue<T> epilogue;

  OSTEON_HOST_DEVICE T operator()(Index i) const {
    const Index o = i % g.out_channels;
    const Window window(g, i / g.out_channels);
    T sum = 0;
    for (Index h = window.top; h < window.bottom; ++h) {
      for (Index w = window.left; w < window.right; ++w) {
        const T* const pixel = x + window.pixel(h, w) * g.in_channels;
        const T* weight = packed + window.tap(h, w) * g.in_channels * g.out_channels + o;
        for (Index c = 0; c < g.in_channels; ++c, weight += g.out_channels) {
          sum += pixel[c] * *weight;
        }
      }
    }
    if (epilogue.bias != nullptr) sum += epilogue.bias[o];
    if (epilogue.addend != nullptr) sum += epilogue.addend[i];
    return epilogue.relu ? op::Relu{}(sum) : sum;
  }
};

/// The gradient of input `i`: what every window over its pixel hands back.
template <class T>
struct Conv2dInputGradient {
  Conv2dGeometry g;
  const T *dy, *weight;

  OSTEON_HOST_DEVICE T operator()(Index i) const {
    const Index c = i % g.in_channels;
    const Covering windows(g, i / g.in_channels);
    T sum = 0;
    for (Index oh = windows.top; oh < windows.bottom; ++oh) {
      for (Index ow = windows.left; ow < windows.right; ++ow) {
        const T* const gradient = dy + windows.output(oh, ow) * g.out_channels;
        const T* from = weight + windows.tap(oh, ow) * g.in_channels + c;
        for (Index o = 0; o < g.out_channels; ++o, from += g.patch()) sum += gradient[o] * *from;
      }
    }
    return sum;
  }
};

/// What output pixels [begin, end) add to the gradient of weight `i`.
template <class T>
struct Conv2dWeightGradient {
  Conv2dGeometry g;
  const T *x, *dy;

  OSTEON_HOST_DEVICE T operator()(Index begin, Index end, Index i) const {
    const Index c = i % g.in_channels, tap = i / g.in_channels % (g.kernel * g.kernel);
    const Index o = i / g.patch();
    const Index top = tap / g.kernel - g.padding, left = tap % g.kernel - g.padding;
    Index ow = begin % g.out_width, oh = begin / g.out_width % g.out_height;
    Index sample = begin / (g.out_width * g.out_height);
    T sum = 0;
    for (Index row = begin; row < end; ++row) {
      const Index h = oh * g.stride + top, w = ow * g.stride + left;
      if (h >= 0 && h < g.in_height && w >= 0 && w < g.in_width) {
        const Index pixel = (sample * g.in_height + h) * g.in_width + w;
        sum += dy[row * g.out_channels + o] * x[pixel * g.in_channels + c];
      }
      if (++ow < g.out_width) continue;
      ow = 0;
      if (++oh < g.out_height) continue;
      oh = 0;
      ++sample;
    }
    return sum;
  }
};

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

/// Brings the weight into the form that conv2d_forward_packed reads: (patch, O).
template <class T>
void conv2d_pack(Cuda, const Conv2dGeometry& g, Conv2dAlgorithm /*algorithm*/, const T* weight,
                 T* packed) {
  gpu::transform(g.weights(), packed, [=] OSTEON_HOST_DEVICE(Index i) {
    return weight[i % g.out_channels * g.patch() + i / g.out_channels];
  });
}

/// y = conv(x, weight), through the epilogue, with a packed weight.
template <class T>
void conv2d_forward_packed(Cuda, const Conv2dGeometry& g, Conv2dAlgorithm /*algorithm*/, const T* x,
                           const T* packed, const Epilogue<T>& epilogue, T* y) {
  gpu::transform(g.rows() * g.out_channels, y, gpu::Conv2dOutput<T>{g, x, packed, epilogue});
}

/// y = conv(x, weight) + bias; bias may be null.
template <class T>
void conv2d_forward(Cuda, const Conv2dGeometry& g, const T* x, const T* weight, const T* bias,
                    T* y) {
  const Conv2dAlgorithm algorithm = conv2d_algorithm<T>(Cuda{}, g);
  Buffer<T, Cuda> packed(static_cast<std::size_t>(conv2d_packed_size<T>(Cuda{}, g, algorithm)));
  conv2d_pack(Cuda{}, g, algorithm, weight, packed.data());
  const Epilogue<T> epilogue{bias, nullptr, false};
  conv2d_forward_packed(Cuda{}, g, algorithm, x, static_cast<const T*>(packed.data()), epilogue, y);
}

/// dx = the gradient of x, or dx += with `add`.
template <class T>
void conv2d_backward_input(Cuda, const Conv2dGeometry& g, const T* dy, const T* weight, T* dx,
                           bool add = false) {
  const gpu::Conv2dInputGradient<T> gradient{g, dy, weight};
  const Index size = g.batch * g.in_height * g.in_width * g.in_channels;
  gpu::for_each_index(size,
                      [=] OSTEON_HOST_DEVICE(Index i) { gpu::hand_on(dx + i, add, gradient(i)); });
}

/// dweight += the gradient of the weight; dbias += that of the bias, if not null.
template <class T>
void conv2d_backward_weight(Cuda, const Conv2dGeometry& g, const T* x, const T* dy, T* dweight,
                            T* dbias) {
  gpu::sum_chunks<T>(
      g.rows(), g.weights(), gpu::Conv2dWeightGradient<T>{g, x, dy},
      [=] OSTEON_HOST_DEVICE(Index i, double sum) { dweight[i] += static_cast<T>(sum); });
  if (dbias == nullptr) return;
  gpu::sum_rows<T>(
      g.rows(), g.out_channels,
      [=] OSTEON_HOST_DEVICE(Index row, Index o) { return dy[row * g.out_channels + o]; },
      [=] OSTEON_HOST_DEVICE(Index o, double sum) { dbias[o] += static_cast<T>(sum); });
}

}  // namespace osteon
