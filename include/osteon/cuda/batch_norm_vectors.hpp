// Batch normalisation by the kernels of channel_vectors.hpp: what batch_norm.hpp does element by
// element, 16 bytes at a time.
#pragma once

#include <osteon/core/batch_norm.hpp>
#include <osteon/core/gradient.hpp>
#include <osteon/core/operation.hpp>
#include <osteon/cuda/channel_vectors.hpp>

namespace osteon::gpu {

#if defined(__CUDACC__)

/// What the channels of a vector are normalised with.
template <int width>
struct NormVector {
  float mean[width], scale[width], bias[width];

  __device__ static NormVector of(const BatchNorm<float>& norm, int c) {
    NormVector v;
    for (int k = 0; k < width; ++k) {
      v.mean[k] = norm.mean[c + k];
      v.scale[k] = norm.weight[c + k] * norm.inverse[c + k];
      v.bias[k] = norm.bias[c + k];
    }
    return v;
  }
  [[nodiscard]] __device__ float normalized(int k, float x) const {
    return fmaf(x - mean[k], scale[k], bias[k]);
  }
};

/// Sums of x and x^2, both counted from the first row's values, which keeps the squares small.
template <class T>
struct StatisticsBody {
  static constexpr int width = vector_width<T>;
  const T* x;
  Index channels;

  struct First {
    float values[width];
  };
  __device__ First prepare(int c) const {
    First first;
    for (int k = 0; k < width; ++k) first.values[k] = static_cast<float>(x[c + k]);
    return first;
  }
  __device__ void operator()(Index row, int c, const First& first, float (&sums)[2][width]) const {
    const auto v = ChannelVector<T>::of(x + row * channels + c);
    for (int k = 0; k < width; ++k) {
      const float d = v[k] - first.values[k];
      sums[0][k] += d;
      sums[1][k] += d * d;
    }
  }
};

/// Fills norm.mean and norm.inverse from the batch, which the running statistics follow.
template <class T, class Use>
void vector_statistics(const BatchNorm<float>& norm, const T* x, const Use& use) {
  const double count = static_cast<double>(norm.rows);
  sum_vectors<T>(norm.rows, norm.channels, StatisticsBody<T>{x, norm.channels},
                 [=] __device__(Index c, double sum, double squares) {
                   const double mean = sum / count;
                   const double variance = squares / count - mean * mean;
                   use(c, static_cast<float>(mean + static_cast<double>(static_cast<float>(x[c]))),
                       static_cast<float>(variance > 0 ? variance : 0));
                 });
}

/// y = relu(normalised x + addend).
template <class T>
struct NormalizeBody {
  static constexpr int width = vector_width<T>;
  BatchNorm<float> norm;
  const T *x, *addend;
  T* y;

  __device__ NormVector<width> prepare(int c) const { return NormVector<width>::of(norm, c); }
  __device__ void operator()(Index row, int c, const NormVector<width>& of_channel) const {
    const Index at = row * norm.channels + c;
    const auto v = ChannelVector<T>::of(x + at);
    ChannelVector<T> result;
    if (addend != nullptr) result = ChannelVector<T>::of(addend + at);
    for (int k = 0; k < width; ++k) {
      float value = of_channel.normalized(k, v[k]);
      if (addend != nullptr) value += result[k];
      result.set(k, norm.relu ? op::Relu{}(value) : value);
    }
    result.write(y + at);
  }
};

/// dy as far as the ReLU lets it pass (batch_norm.hpp's PassedGradient).
template <class T>
struct PassedVector {
  static constexpr int width = vector_width<T>;
  Index channels;
  bool relu, has_addend;
  const T *y, *dy;

  __device__ void operator()(Index row, int c, const ChannelVector<T>& x,
                             const NormVector<width>& of_channel, float (&g)[width]) const {
    const Index at = row * channels + c;
    const auto gradient = ChannelVector<T>::of(dy + at);
    ChannelVector<T> output;
    if (relu && has_addend) output = ChannelVector<T>::of(y + at);
    for (int k = 0; k < width; ++k) {
      const float before = !relu ? 1.0F : (has_addend ? output[k] : of_channel.normalized(k, x[k]));
      g[k] = before > 0 ? gradient[k] : 0.0F;
    }
  }
};

/// Sums of g and of g (x - mean), where g is what `Passed` gives.
template <class T, class Passed>
struct GradientSumsBody {
  static constexpr int width = vector_width<T>;
  BatchNorm<float> norm;
  const T* x;
  Passed passed;

  __device__ NormVector<width> prepare(int c) const { return NormVector<width>::of(norm, c); }
  __device__ void operator()(Index row, int c, const NormVector<width>& of_channel,
                             float (&sums)[2][width]) const {
    const auto v = ChannelVector<T>::of(x + row * norm.channels + c);
    float g[width];
    passed(row, c, v, of_channel, g);
    for (int k = 0; k < width; ++k) {
      sums[0][k] += g[k];
      sums[1][k] += g[k] * (v[k] - of_channel.mean[k]);
    }
  }
};

/// The gradients of x and of the addend.
template <class T, class Passed>
struct GradientBody {
  static constexpr int width = vector_width<T>;
  BatchNorm<float> norm;
  const T* x;
  Passed passed;
  const float *mean_g, *mean_gx;
  Gradient<T> dx, daddend;

  struct OfChannel {
    NormVector<width> norm;
    float mean_g[width], mean_gx[width];
  };
  __device__ OfChannel prepare(int c) const {
    OfChannel v;
    v.norm = NormVector<width>::of(norm, c);
    for (int k = 0; k < width; ++k) {
      v.mean_g[k] = mean_g[c + k];
      v.mean_gx[k] = mean_gx[c + k];
    }
    return v;
  }
  __device__ void operator()(Index row, int c, const OfChannel& of_channel) const {
    const Index at = row * norm.channels + c;
    const auto v = ChannelVector<T>::of(x + at);
    float g[width];
    passed(row, c, v, of_channel.norm, g);
    if (dx.to != nullptr) {
      float gradient[width];
      for (int k = 0; k < width; ++k) {
        gradient[k] = (g[k] - of_channel.mean_g[k] -
                       (v[k] - of_channel.norm.mean[k]) * of_channel.mean_gx[k]) *
                      of_channel.norm.scale[k];
      }
      hand_on(dx, at, gradient);
    }
    if (daddend.to != nullptr) hand_on(daddend, at, g);
  }

 private:
  __device__ static void hand_on(const Gradient<T>& to, Index at, const float (&gradient)[width]) {
    ChannelVector<T> result;
    if (to.add) result = ChannelVector<T>::of(to.to + at);
    for (int k = 0; k < width; ++k) {
      result.set(k, to.add ? result[k] + gradient[k] : gradient[k]);
    }
    result.write(to.to + at);
  }
};

/// batch_norm_backward over what `passed` gives, which `sums` adds up over so many rows.
template <class T, class Sums, class Passed>
void backward_vectors(const BatchNorm<float>& norm, const T* x, Index sum_rows, const Sums& sums,
                      const Passed& passed, float* dweight, float* dbias, const Gradient<T>& dx,
                      const Gradient<T>& daddend) {
  const Scratch<float> means(2 * norm.channels);
  float* const mean_g = means.data();
  float* const mean_gx = mean_g + norm.channels;
  sum_vectors<T>(
      sum_rows, norm.channels, sums, [=] __device__(Index c, double sum_g, double sum_gx) {
        const float inverse = norm.inverse[c];
        const double rows = norm.training ? static_cast<double>(norm.rows) : 0.0;
        dbias[c] += static_cast<float>(sum_g);
        dweight[c] += static_cast<float>(sum_gx) * inverse;
        mean_g[c] = rows > 0 ? static_cast<float>(sum_g / rows) : 0.0F;
        mean_gx[c] = rows > 0 ? static_cast<float>(sum_gx / rows) * inverse * inverse : 0.0F;
      });
  if (dx.to == nullptr && daddend.to == nullptr) return;
  for_each_vector<T>(norm.rows, norm.channels,
                     GradientBody<T, Passed>{norm, x, passed, mean_g, mean_gx, dx, daddend});
}

#endif

}  // namespace osteon::gpu
