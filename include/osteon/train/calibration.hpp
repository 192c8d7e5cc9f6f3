// Whether probabilities mean what they say: of the examples that are given 0.8, are 80 % positive?
#pragma once

#include <osteon/train/binary_metrics.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace osteon::train {

namespace detail {

inline void require_probabilities(std::span<const int> labels,
                                  std::span<const double> probabilities) {
  require_binary(labels, probabilities);
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    require(probabilities[i] >= 0 && probabilities[i] <= 1, "the probability of example ", i,
            " is ", probabilities[i], "; it must lie between 0 and 1");
}

}  // namespace detail

/// The mean of (p - label)^2: Brier, "Verification of forecasts expressed in terms of probability",
/// 1950, in the form for two classes. 0 is perfect; always answering 0.5 gives 0.25.
[[nodiscard]] inline double brier_score(std::span<const int> labels,
                                        std::span<const double> probabilities) {
  detail::require_probabilities(labels, probabilities);
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double error = probabilities[i] - labels[i];
    sum += error * error;
  }
  return sum / static_cast<double>(labels.size());
}

/// The examples with a probability in (lower, upper]; the first bin includes 0.
struct ReliabilityBin {
  double lower = 0;
  double upper = 0;
  std::int64_t count = 0;
  double mean_probability = 0;  ///< NaN in an empty bin
  double frequency = 0;         ///< the share of positive examples; NaN in an empty bin
};

/// `bins` bins of equal width: the numbers of a reliability diagram, and of scikit-learn's
/// calibration_curve, which leaves out the empty ones. `probabilities` are those of the event that
/// the labels tell. For the top-label calibration of K classes pass the probability of the
/// predicted class, and 1 where it is the right one.
[[nodiscard]] inline std::vector<ReliabilityBin> reliability_bins(
    std::span<const int> labels, std::span<const double> probabilities, int bins = 15) {
  detail::require_probabilities(labels, probabilities);
  require(bins > 0, "reliability needs at least one bin, not ", bins);
  std::vector<ReliabilityBin> result(static_cast<std::size_t>(bins));
  for (int b = 0; b < bins; ++b) {
    result[static_cast<std::size_t>(b)].lower = static_cast<double>(b) / bins;
    result[static_cast<std::size_t>(b)].upper = static_cast<double>(b + 1) / bins;
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto bin = std::ranges::lower_bound(result, probabilities[i], {}, &ReliabilityBin::upper);
    ++bin->count;
    bin->mean_probability += probabilities[i];
    bin->frequency += labels[i];
  }
  for (ReliabilityBin& bin : result) {  // from sums to means; 0 / 0 is the NaN of an empty bin
    bin.mean_probability /= static_cast<double>(bin.count);
    bin.frequency /= static_cast<double>(bin.count);
  }
  return result;
}

/// ECE: the mean over examples of |frequency - mean probability| of their bin (Naeini, Cooper and
/// Hauskrecht, AAAI 2015; Guo et al., ICML 2017), here of the probability of the positive class.
/// It depends on the number of bins, and noise in small bins adds to it: compare like with like.
[[nodiscard]] inline double expected_calibration_error(std::span<const ReliabilityBin> bins) {
  double sum = 0, examples = 0;
  for (const ReliabilityBin& bin : bins) {
    if (bin.count == 0) continue;
    sum += static_cast<double>(bin.count) * std::abs(bin.frequency - bin.mean_probability);
    examples += static_cast<double>(bin.count);
  }
  return sum / examples;
}
[[nodiscard]] inline double expected_calibration_error(std::span<const int> labels,
                                                       std::span<const double> probabilities,
                                                       int bins = 15) {
  return expected_calibration_error(reliability_bins(labels, probabilities, bins));
}

}  // namespace osteon::train
