// Softmax cross-entropy on the CPU.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/shape.hpp>

#include <algorithm>
#include <cmath>
#include <span>

namespace osteon {

/// The mean over the batch of -sum_k q_k log softmax(logits)_k, where q is 1 - smoothing at the
/// label plus smoothing / classes everywhere. `dlogits`, if not null, gets the gradient times
/// `gradient_scale`. Sums are
/// in double.
template <class T>
double cross_entropy(Cpu, Index batch, Index classes, const T* logits, std::span<const int> labels,
                     double smoothing, T* dlogits, double gradient_scale = 1) {
  double loss = 0;
  for (Index n = 0; n < batch; ++n) {
    const T* row = logits + n * classes;
    const auto largest = static_cast<double>(*std::max_element(row, row + classes));
    double total = 0;
    for (Index k = 0; k < classes; ++k) total += std::exp(static_cast<double>(row[k]) - largest);
    const double log_total = largest + std::log(total);
    for (Index k = 0; k < classes; ++k) {
      const double target = (k == labels[static_cast<std::size_t>(n)] ? 1 - smoothing : 0.0) +
                            smoothing / static_cast<double>(classes);
      const double log_p = static_cast<double>(row[k]) - log_total;
      loss -= target * log_p;
      if (dlogits != nullptr) {
        dlogits[n * classes + k] = static_cast<T>((std::exp(log_p) - target) * gradient_scale /
                                                  static_cast<double>(batch));
      }
    }
  }
  return loss / static_cast<double>(batch);
}

}  // namespace osteon
