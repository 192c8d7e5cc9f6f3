// Batch normalisation on the GPU, over channels-last memory: rows of C channels. The addition and
// the ReLU behind it are done in the same pass over memory, in both directions.
#pragma once

#include <osteon/core/batch_norm.hpp>
#include <osteon/core/gradient.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/sum_rows.hpp>

#include <cmath>
#include <cstddef>

namespace osteon {
namespace gpu {

/// mean[c] and the biased variance[c] of `rows` rows, in two passes.
template <class T>
void channel_statistics(Index rows, Index channels, const T* x, T* mean, T* variance) {
  const double count = static_cast<double>(rows);
  sum_rows<T>(
      rows, channels, [=] OSTEON_HOST_DEVICE(Index row, Index c) { return x[row * channels + c]; },
      [=] OSTEON_HOST_DEVICE(Index c, double sum) { mean[c] = static_cast<T>(sum / count); });
  sum_rows<T>(
      rows, channels,
      [=] OSTEON_HOST_DEVICE(Index row, Index c) {
        const T d = x[row * channels + c] - mean[c];
        return d * d;
      },
      [=] OSTEON_HOST_DEVICE(Index c, double sum) { variance[c] = static_cast<T>(sum / count); });
}

/// The normalised value, before addition and ReLU. One rounding, so that every kernel that computes
/// it again finds the same.
template <class T>
OSTEON_HOST_DEVICE T normalized(const BatchNorm<T>& norm, T x, Index c) {
  return std::fma(x - norm.mean[c], norm.weight[c] * norm.inverse[c], norm.bias[c]);
}

/// Fills norm.mean and norm.inverse, from x (rows, channels) or from the running statistics, which
/// it moves in training.
template <class T>
void prepare_statistics(const BatchNorm<T>& norm, const T* x) {
  if (norm.training) {
    channel_statistics(norm.rows, norm.channels, x, norm.mean, norm.inverse);
  } else {
    copy(Cuda{}, norm.channels, static_cast<const T*>(norm.running_mean), norm.mean);
    copy(Cuda{}, norm.channels, static_cast<const T*>(norm.running_var), norm.inverse);
  }
  for_each_index(norm.channels, [=] OSTEON_HOST_DEVICE(Index c) {
    const T variance = norm.inverse[c];
    if (norm.training) {
      const T m = static_cast<T>(norm.momentum);
      const T unbiased =
          static_cast<T>(norm.rows) / static_cast<T>(norm.rows > 1 ? norm.rows - 1 : 1);
      norm.running_mean[c] = (T(1) - m) * norm.running_mean[c] + m * norm.mean[c];
      norm.running_var[c] = (T(1) - m) * norm.running_var[c] + m * unbiased * variance;
    }
    norm.inverse[c] = T(1) / std::sqrt(variance + static_cast<T>(norm.epsilon));
  });
}

/// dy as far as the ReLU lets it pass. Without an addend the ReLU's input is computed again.
template <class T>
struct PassedGradient {
  BatchNorm<T> norm;
  const T *x, *y, *dy;
  bool has_addend;

  OSTEON_HOST_DEVICE T operator()(Index at, Index c) const {
    if (!norm.relu) return dy[at];
    return relu_backward(has_addend ? y[at] : normalized(norm, x[at], c), dy[at]);
  }
};

}  // namespace gpu

/// y = relu(normalised x + addend); `addend` may be null, or y.
template <class T>
void batch_norm_forward(Cuda, const BatchNorm<T>& norm, const T* x, const T* addend, T* y) {
  const Index channels = norm.channels;
  gpu::prepare_statistics(norm, x);
  gpu::transform(norm.rows * channels, y, [=] OSTEON_HOST_DEVICE(Index i) {
    T value = gpu::normalized(norm, x[i], i % channels);
    if (addend != nullptr) value += addend[i];
    return norm.relu ? op::Relu{}(value) : value;
  });
}

/// Adds the gradients of weight and bias to dweight and dbias; hands that of x and that of the
/// addend on (either may lie where dy does). `y` is forward's output, `dy` its gradient.
/// In training the batch's statistics depend on x too:
///   dx = weight inverse (g - mean(g) - (x - mean) inverse^2 mean(g (x - mean)))
/// where g is dy as far as the ReLU lets it pass.
template <class T>
void batch_norm_backward(Cuda, const BatchNorm<T>& norm, const T* x, const T* y, const T* dy,
                         bool has_addend, T* dweight, T* dbias, const Gradient<T>& dx,
                         const Gradient<T>& daddend) {
  const Index rows = norm.rows, channels = norm.channels;
  const gpu::PassedGradient<T> passed{norm, x, y, dy, has_addend};
  Buffer<T, Cuda> means(static_cast<std::size_t>(2 * channels));
  T* const mean_g = means.data();        // of g
  T* const mean_gx = mean_g + channels;  // of g (x - mean), times inverse^2
  // Both sums of a channel are columns of one matrix: those of g, then those of g (x - mean).
  gpu::sum_rows<T>(
      rows, 2 * channels,
      [=] OSTEON_HOST_DEVICE(Index row, Index column) {
        const Index c = column % channels, at = row * channels + c;
        const T g = passed(at, c);
        return column < channels ? g : g * (x[at] - norm.mean[c]);
      },
      [=] OSTEON_HOST_DEVICE(Index column, double sum) {
        const T total = static_cast<T>(sum);
        const T mean = norm.training ? total / static_cast<T>(rows) : T(0);
        if (column < channels) {
          dbias[column] += total;
          mean_g[column] = mean;
        } else {
          const Index c = column - channels;
          const T inverse = norm.inverse[c];
          dweight[c] += total * inverse;
          mean_gx[c] = mean * inverse * inverse;
        }
      });
  if (dx.to == nullptr && daddend.to == nullptr) return;

  gpu::for_each_index(rows * channels, [=] OSTEON_HOST_DEVICE(Index i) {
    const Index c = i % channels;
    const T g = passed(i, c);
    if (dx.to != nullptr) {
      const T scale = norm.weight[c] * norm.inverse[c];
      gpu::hand_on(dx.to + i, dx.add, (g - mean_g[c] - (x[i] - norm.mean[c]) * mean_gx[c]) * scale);
    }
    if (daddend.to != nullptr) gpu::hand_on(daddend.to + i, daddend.add, g);
  });
}

}  // namespace osteon
