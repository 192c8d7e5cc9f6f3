// Batch normalisation on the GPU, over channels-last memory: rows of C channels. The addition and
// the ReLU behind it are done in the same pass over memory, in both directions.
#pragma once

#include <osteon/core/batch_norm.hpp>
#include <osteon/core/gradient.hpp>
#include <osteon/cuda/batch_norm_vectors.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/sum_rows.hpp>

#include <cmath>
#include <cstddef>
#include <type_traits>

namespace osteon {
namespace gpu {

/// mean[c] and the biased variance[c] of `rows` rows, in two passes.
template <class T, class P>
void channel_statistics(Index rows, Index channels, const T* x, P* mean, P* variance) {
  const double count = static_cast<double>(rows);
  sum_rows<P>(
      rows, channels, [=] OSTEON_KERNEL(Index row, Index c) -> P { return x[row * channels + c]; },
      [=] OSTEON_KERNEL(Index c, double sum) { mean[c] = static_cast<P>(sum / count); });
  sum_rows<P>(
      rows, channels,
      [=] OSTEON_KERNEL(Index row, Index c) -> P {
        const P d = x[row * channels + c] - mean[c];
        return d * d;
      },
      [=] OSTEON_KERNEL(Index c, double sum) { variance[c] = static_cast<P>(sum / count); });
}

/// The normalised value, before addition and ReLU. One rounding, so that every kernel that computes
/// it again finds the same.
template <class P>
OSTEON_HOST_DEVICE P normalized(const BatchNorm<P>& norm, P x, Index c) {
  return std::fma(x - norm.mean[c], norm.weight[c] * norm.inverse[c], norm.bias[c]);
}

/// Moves the running statistics of channel c towards those of a batch.
template <class P>
OSTEON_HOST_DEVICE void follow_statistics(const BatchNorm<P>& norm, Index c, P mean, P variance) {
  const P m = static_cast<P>(norm.momentum);
  const P unbiased = static_cast<P>(norm.rows) / static_cast<P>(norm.rows > 1 ? norm.rows - 1 : 1);
  norm.running_mean[c] = (P(1) - m) * norm.running_mean[c] + m * mean;
  norm.running_var[c] = (P(1) - m) * norm.running_var[c] + m * unbiased * variance;
}
/// Makes them those that channel c is normalised with.
template <class P>
OSTEON_HOST_DEVICE void use_statistics(const BatchNorm<P>& norm, Index c, P mean, P variance) {
  norm.mean[c] = mean;
  norm.inverse[c] = P(1) / std::sqrt(variance + static_cast<P>(norm.epsilon));
}

/// Fills norm.mean and norm.inverse, from x (rows, channels) or from the running statistics, which
/// it moves in training.
template <class T, class P>
void prepare_statistics(const BatchNorm<P>& norm, const T* x) {
  if (!norm.training) {
    return for_each_index(norm.channels, [=] OSTEON_KERNEL(Index c) {
      use_statistics(norm, c, norm.running_mean[c], norm.running_var[c]);
    });
  }
#if defined(__CUDACC__)
  if constexpr (std::is_same_v<P, float>) {
    if (has_channel_kernels<T>(norm.channels)) {
      return vector_statistics(norm, x, [=] __device__(Index c, float mean, float variance) {
        follow_statistics(norm, c, mean, variance);
        use_statistics(norm, c, mean, variance);
      });
    }
  }
#endif
  channel_statistics(norm.rows, norm.channels, x, norm.mean, norm.inverse);
  for_each_index(norm.channels, [=] OSTEON_KERNEL(Index c) {
    const P mean = norm.mean[c], variance = norm.inverse[c];
    follow_statistics(norm, c, mean, variance);
    use_statistics(norm, c, mean, variance);
  });
}

/// dy as far as the ReLU lets it pass. Without an addend the ReLU's input is computed again.
template <class T>
struct PassedGradient {
  using P = ComputeType<T>;
  BatchNorm<P> norm;
  const T *x, *y, *dy;
  bool has_addend;

  OSTEON_HOST_DEVICE P operator()(Index at, Index c) const {
    const P gradient = dy[at];
    if (!norm.relu) return gradient;
    const P before =
        has_addend ? static_cast<P>(y[at]) : normalized(norm, static_cast<P>(x[at]), c);
    return relu_backward(before, gradient);
  }
};

}  // namespace gpu

/// y = relu(normalised x + addend); `addend` may be null, or y.
template <class T>
void batch_norm_forward(Cuda, const BatchNorm<ComputeType<T>>& norm, const T* x, const T* addend,
                        T* y) {
  using P = ComputeType<T>;
  const Index channels = norm.channels;
  gpu::prepare_statistics(norm, x);
#if defined(__CUDACC__)
  if constexpr (std::is_same_v<P, float>) {
    if (gpu::has_channel_kernels<T>(channels)) {
      return gpu::for_each_vector<T>(norm.rows, channels,
                                     gpu::NormalizeBody<T>{norm, x, addend, y});
    }
  }
#endif
  gpu::transform(norm.rows * channels, y, [=] OSTEON_KERNEL(Index i) {
    P value = gpu::normalized(norm, static_cast<P>(x[i]), i % channels);
    if (addend != nullptr) value += addend[i];
    return static_cast<T>(norm.relu ? op::Relu{}(value) : value);
  });
}

/// Adds the gradients of weight and bias to dweight and dbias; hands that of x and that of the
/// addend on (either may lie where dy does). `y` is forward's output, `dy` its gradient.
/// In training the batch's statistics depend on x too:
///   dx = weight inverse (g - mean(g) - (x - mean) inverse^2 mean(g (x - mean)))
/// where g is dy as far as the ReLU lets it pass.
template <class T>
void batch_norm_backward(Cuda, const BatchNorm<ComputeType<T>>& norm, const T* x, const T* y,
                         const T* dy, bool has_addend, ComputeType<T>* dweight,
                         ComputeType<T>* dbias, const Gradient<T>& dx, const Gradient<T>& daddend) {
  using P = ComputeType<T>;
  const Index rows = norm.rows, channels = norm.channels;
#if defined(__CUDACC__)
  if constexpr (std::is_same_v<P, float>) {
    if (gpu::has_channel_kernels<T>(channels)) {
      const gpu::PassedVector<T> vectors{channels, norm.relu, has_addend, y, dy};
      const gpu::GradientSumsBody<T, gpu::PassedVector<T>> sums{norm, x, vectors};
      return gpu::backward_vectors(norm, x, rows, sums, vectors, dweight, dbias, dx, daddend);
    }
  }
#endif
  const gpu::PassedGradient<T> passed{norm, x, y, dy, has_addend};
  const gpu::Scratch<P> means(2 * channels);
  P* const mean_g = means.data();        // of g
  P* const mean_gx = mean_g + channels;  // of g (x - mean), times inverse^2
  // Both sums of a channel are columns of one matrix: those of g, then those of g (x - mean).
  gpu::sum_rows<P>(
      rows, 2 * channels,
      [=] OSTEON_KERNEL(Index row, Index column) -> P {
        const Index c = column % channels, at = row * channels + c;
        const P g = passed(at, c);
        return column < channels ? g : g * (x[at] - norm.mean[c]);
      },
      [=] OSTEON_KERNEL(Index column, double sum) {
        const P total = static_cast<P>(sum);
        const P mean = norm.training ? total / static_cast<P>(rows) : P(0);
        if (column < channels) {
          dbias[column] += total;
          mean_g[column] = mean;
        } else {
          const Index c = column - channels;
          const P inverse = norm.inverse[c];
          dweight[c] += total * inverse;
          mean_gx[c] = mean * inverse * inverse;
        }
      });
  if (dx.to == nullptr && daddend.to == nullptr) return;

  gpu::for_each_index(rows * channels, [=] OSTEON_KERNEL(Index i) {
    const Index c = i % channels;
    const P g = passed(i, c);
    if (dx.to != nullptr) {
      const P scale = norm.weight[c] * norm.inverse[c];
      gpu::hand_on(dx.to + i, dx.add, (g - mean_g[c] - (x[i] - norm.mean[c]) * mean_gx[c]) * scale);
    }
    if (daddend.to != nullptr) gpu::hand_on(daddend.to + i, daddend.add, g);
  });
}

}  // namespace osteon
