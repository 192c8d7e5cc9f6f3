// Convolution on the GPU as an implicit matrix product: a functor finds the numbers that it
// multiplies where they lie, no patches are written. The arguments are those of conv2d.hpp.
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/sum_rows.hpp>
#include <osteon/cuda/window.hpp>

namespace osteon::gpu::implicit_gemm {

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
    ComputeType<T> sum = 0;
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
    return static_cast<T>(epilogue.relu ? op::Relu{}(sum) : sum);
  }
};

/// The gradient of input `i`: what every window over its pixel hands back.
template <class T>
struct Conv2dInputGradient {
  Conv2dGeometry g;
  const T *dy, *weight;

  OSTEON_HOST_DEVICE ComputeType<T> operator()(Index i) const {
    const Index c = i % g.in_channels;
    const Covering windows(g, i / g.in_channels);
    ComputeType<T> sum = 0;
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

  OSTEON_HOST_DEVICE ComputeType<T> operator()(Index begin, Index end, Index i) const {
    const Index c = i % g.in_channels, tap = i / g.in_channels % (g.kernel * g.kernel);
    const Index o = i / g.patch();
    const Index top = tap / g.kernel - g.padding, left = tap % g.kernel - g.padding;
    Index ow = begin % g.out_width, oh = begin / g.out_width % g.out_height;
    Index sample = begin / (g.out_width * g.out_height);
    ComputeType<T> sum = 0;
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

/// Brings the weight into the form that forward reads: (patch, O).
template <class T>
void pack(const Conv2dGeometry& g, const T* weight, T* packed) {
  transform(g.weights(), packed, [=] OSTEON_KERNEL(Index i) {
    return weight[i % g.out_channels * g.patch() + i / g.out_channels];
  });
}

/// y = conv(x, weight), through the epilogue, with a packed weight.
template <class T>
void forward(const Conv2dGeometry& g, const T* x, const T* packed, const Epilogue<T>& epilogue,
             T* y) {
  transform(g.rows() * g.out_channels, y, Conv2dOutput<T>{g, x, packed, epilogue});
}

/// dx = the gradient of x, or dx += with `add`.
template <class T>
void backward_input(const Conv2dGeometry& g, const T* dy, const T* weight, T* dx, bool add) {
  const Conv2dInputGradient<T> gradient{g, dy, weight};
  for_each_index(g.batch * g.in_height * g.in_width * g.in_channels,
                 [=] OSTEON_KERNEL(Index i) { hand_on(dx + i, add, gradient(i)); });
}

/// dweight += the gradient of the weight.
template <class T>
void backward_weight(const Conv2dGeometry& g, const T* x, const T* dy, ComputeType<T>* dweight) {
  using P = ComputeType<T>;
  sum_chunks<P>(g.rows(), g.weights(), Conv2dWeightGradient<T>{g, x, dy},
                [=] OSTEON_KERNEL(Index i, double sum) { dweight[i] += static_cast<P>(sum); });
}

}  // namespace osteon::gpu::implicit_gemm
