// Temperature scaling: one number, fitted on validation data, that makes a network's softmax less
// (or more) certain and leaves its decisions as they are.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace osteon::train {

/// softmax(logits / T) and the mean negative log-likelihood before (T = 1) and after.
struct Temperature {
  double value = 1;
  double nll_before = 0;
  double nll_after = 0;
  /// The fit ended at smallest_temperature (the validation examples are all predicted rightly, and
  /// the sharper, the better) or largest_temperature (the logits are worth no more than chance):
  /// better leave T at 1, or validate on more examples.
  bool at_limit = false;
};

inline constexpr double smallest_temperature = 0.01;
inline constexpr double largest_temperature = 100;

/// softmax(row / temperature) of each row of (N, classes) logits.
[[nodiscard]] std::vector<double> softmax(std::span<const float> logits, std::size_t classes,
                                          double temperature = 1);

/// The T that minimises the mean negative log-likelihood of softmax(logits / T): Guo, Pleiss, Sun,
/// Weinberger, "On calibration of modern neural networks", ICML 2017. `logits` are (N, classes);
/// a constant may be added to a row, so log-probabilities do as well. Use validation examples:
/// on those that the network was trained on, T comes out too small.
[[nodiscard]] Temperature fit_temperature(std::span<const float> logits, std::size_t classes,
                                          std::span<const int> labels);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/temperature.ipp>
#endif
