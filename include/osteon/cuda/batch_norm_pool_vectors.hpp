// Batch normalisation and max pooling by the kernels of channel_vectors.hpp: what
// batch_norm_pool.hpp does element by element.
#pragma once

#include <osteon/core/batch_norm.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/core/gradient.hpp>
#include <osteon/core/operation.hpp>
#include <osteon/cuda/batch_norm_vectors.hpp>
#include <osteon/cuda/channel_vectors.hpp>

#include <cmath>
#include <cstdint>

namespace osteon::gpu {

/// Whether rows and columns can be counted in 32 bits, and places in a window in 8.
[[nodiscard]] inline bool has_pool_kernels(const Conv2dGeometry& g) {
  constexpr Index most = Index{1} << 30;
  return g.batch * g.in_height * g.in_width < most && g.kernel <= 15;
}

#if defined(__CUDACC__)

/// A pooling's geometry in numbers that are quickly divided by.
struct PoolWindow {
  int in_height, in_width, out_height, out_width, kernel, stride, padding;

  explicit PoolWindow(const Conv2dGeometry& g)
      : in_height(static_cast<int>(g.in_height)),
        in_width(static_cast<int>(g.in_width)),
        out_height(static_cast<int>(g.out_height)),
        out_width(static_cast<int>(g.out_width)),
        kernel(static_cast<int>(g.kernel)),
        stride(static_cast<int>(g.stride)),
        padding(static_cast<int>(g.padding)) {}
};

/// For neighbouring channels, a place in the window of each; read and written at once.
template <int width>
struct alignas(width) Places {
  std::uint8_t of[width];

  __device__ static Places read(const std::uint8_t* from) {
    return *reinterpret_cast<const Places*>(from);
  }
  __device__ void write(std::uint8_t* to) const { *reinterpret_cast<Places*>(to) = *this; }
};

/// The largest normalised value of a window, the x it comes from, and its place.
template <class T>
struct Largest {
  static constexpr int width = vector_width<T>;
  float value[width], x[width];
  Places<width> place;

  __device__ Largest(const BatchNorm<float>& norm, const PoolWindow& w, const T* images,
                     Index output, int c, const NormVector<width>& of_channel) {
    const int row = static_cast<int>(output) / w.out_width;
    const int left = (static_cast<int>(output) - row * w.out_width) * w.stride - w.padding;
    const int image = row / w.out_height;
    const int top = (row - image * w.out_height) * w.stride - w.padding;
    for (int k = 0; k < width; ++k) {
      value[k] = -INFINITY;
      x[k] = 0;
      place.of[k] = 0;
    }
    for (int h = ::max(top, 0); h < ::min(top + w.kernel, w.in_height); ++h) {
      for (int column = ::max(left, 0); column < ::min(left + w.kernel, w.in_width); ++column) {
        const Index pixel = (Index{image} * w.in_height + h) * w.in_width + column;
        const auto v = ChannelVector<T>::of(images + pixel * norm.channels + c);
        const auto here = static_cast<std::uint8_t>((h - top) * w.kernel + column - left);
        for (int k = 0; k < width; ++k) {
          const float before = of_channel.normalized(k, v[k]);
          const float after = norm.relu ? op::Relu{}(before) : before;
          if (!(after > value[k] || after != after)) continue;
          value[k] = after;
          x[k] = v[k];
          place.of[k] = here;
        }
      }
    }
  }
};

/// y = the largest normalised value of each window.
template <class T>
struct NormalizeAndPoolBody {
  static constexpr int width = vector_width<T>;
  BatchNorm<float> norm;
  PoolWindow w;
  const T* x;
  T* y;

  __device__ NormVector<width> prepare(int c) const { return NormVector<width>::of(norm, c); }
  __device__ void operator()(Index output, int c, const NormVector<width>& of_channel) const {
    const Largest<T> largest(norm, w, x, output, c, of_channel);
    ChannelVector<T> result;
    for (int k = 0; k < width; ++k) result.set(k, largest.value[k]);
    result.write(y + output * norm.channels + c);
  }
};

/// GradientSumsBody's sums, window by window: all that a window hands back goes to its largest
/// value. Writes where that is.
template <class T>
struct PoolGradientSumsBody {
  static constexpr int width = vector_width<T>;
  BatchNorm<float> norm;
  PoolWindow w;
  const T *x, *dy;
  std::uint8_t* places;

  __device__ NormVector<width> prepare(int c) const { return NormVector<width>::of(norm, c); }
  __device__ void operator()(Index output, int c, const NormVector<width>& of_channel,
                             float (&sums)[2][width]) const {
    const Largest<T> largest(norm, w, x, output, c, of_channel);
    const Index at = output * norm.channels + c;
    largest.place.write(places + at);
    const auto gradient = ChannelVector<T>::of(dy + at);
    for (int k = 0; k < width; ++k) {
      const float g = norm.relu && !(largest.value[k] > 0) ? 0.0F : gradient[k];
      sums[0][k] += g;
      sums[1][k] += g * (largest.x[k] - of_channel.mean[k]);
    }
  }
};

/// dy of the windows in which a pixel is the largest, as far as the ReLU lets it pass.
template <class T>
struct UnpooledVector {
  static constexpr int width = vector_width<T>;
  Index channels;
  bool relu;
  PoolWindow w;
  const std::uint8_t* places;
  const T* dy;

  __device__ void operator()(Index input, int c, const ChannelVector<T>& x,
                             const NormVector<width>& of_channel, float (&g)[width]) const {
    const int row = static_cast<int>(input) / w.in_width, image = row / w.in_height;
    const int column = static_cast<int>(input) - row * w.in_width + w.padding;
    const int line = row - image * w.in_height + w.padding;
    for (int k = 0; k < width; ++k) g[k] = 0;
    for (int oh = first(line); oh < ::min(w.out_height, line / w.stride + 1); ++oh) {
      for (int ow = first(column); ow < ::min(w.out_width, column / w.stride + 1); ++ow) {
        const Index at = ((Index{image} * w.out_height + oh) * w.out_width + ow) * channels + c;
        const int here = (line - oh * w.stride) * w.kernel + column - ow * w.stride;
        const auto gradient = ChannelVector<T>::of(dy + at);
        const auto place = Places<width>::read(places + at);
        for (int k = 0; k < width; ++k) {
          if (place.of[k] == here) g[k] += gradient[k];
        }
      }
    }
    if (!relu) return;
    for (int k = 0; k < width; ++k) {
      if (!(of_channel.normalized(k, x[k]) > 0)) g[k] = 0;
    }
  }

 private:
  __device__ int first(int at) const { return at < w.kernel ? 0 : (at - w.kernel) / w.stride + 1; }
};

/// batch_norm_pool_backward.
template <class T>
void pool_backward_vectors(const BatchNorm<float>& norm, const Conv2dGeometry& g, const T* x,
                           const T* dy, float* dweight, float* dbias, const Gradient<T>& dx) {
  const Scratch<std::uint8_t> places(g.rows() * norm.channels);
  const PoolWindow window(g);
  backward_vectors(norm, x, g.rows(), PoolGradientSumsBody<T>{norm, window, x, dy, places.data()},
                   UnpooledVector<T>{norm.channels, norm.relu, window, places.data(), dy}, dweight,
                   dbias, dx, Gradient<T>{});
}

#endif

}  // namespace osteon::gpu
