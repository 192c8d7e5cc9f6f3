// Softmax cross-entropy on the GPU.
#pragma once

#include <osteon/core/operation.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/reduce.hpp>

#include <cmath>
#include <cstddef>
#include <span>

namespace osteon {
namespace gpu {

/// The loss of sample n; writes its part of the gradient, if that is not null. Sums are in double.
template <class T>
struct SampleLoss {
  Index batch, classes;
  const T* logits;
  const int* labels;
  double smoothing, gradient_scale;
  T* dlogits;

  OSTEON_HOST_DEVICE double operator()(Index n) const {
    const T* const row = logits + n * classes;
    double largest = static_cast<double>(row[0]);
    for (Index k = 1; k < classes; ++k) {
      largest = op::Maximum{}(largest, static_cast<double>(row[k]));
    }
    double total = 0;
    for (Index k = 0; k < classes; ++k) total += std::exp(static_cast<double>(row[k]) - largest);
    const double log_total = largest + std::log(total);
    double loss = 0;
    for (Index k = 0; k < classes; ++k) {
      const double target =
          (k == labels[n] ? 1 - smoothing : 0.0) + smoothing / static_cast<double>(classes);
      const double log_p = static_cast<double>(row[k]) - log_total;
      loss -= target * log_p;
      if (dlogits != nullptr) {
        dlogits[n * classes + k] = static_cast<T>((std::exp(log_p) - target) * gradient_scale /
                                                  static_cast<double>(batch));
      }
    }
    return loss;
  }
};

}  // namespace gpu

/// The mean over the batch of -sum_k q_k log softmax(logits)_k, where q is 1 - smoothing at the
/// label plus smoothing / classes everywhere. `dlogits`, if not null, gets the gradient times
/// `gradient_scale`. The labels
/// are in host memory, the rest in the device's.
template <class T>
double cross_entropy(Cuda, Index batch, Index classes, const T* logits, std::span<const int> labels,
                     double smoothing, T* dlogits, double gradient_scale = 1) {
  const gpu::Scratch<int> targets(batch);
  copy_from_host(Cuda{}, batch, labels.data(), targets.data());
  const gpu::Scratch<double> losses(batch);
  gpu::transform(batch, losses.data(),
                 gpu::SampleLoss<T>{batch, classes, logits, targets.data(), smoothing,
                                    gradient_scale, dlogits});
  const double* const loss = losses.data();
  return gpu::reduce(
             batch, 0.0, [=] OSTEON_KERNEL(Index n) { return loss[n]; }, op::Add{}) /
         static_cast<double>(batch);
}

}  // namespace osteon
