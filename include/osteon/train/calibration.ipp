// Definitions of calibration.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/train/binary_metrics.hpp>
#include <osteon/train/calibration.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace osteon::train {

namespace detail {

OSTEON_INLINE void require_probabilities(std::span<const int> labels,
                                         std::span<const double> probabilities) {
  require_binary(labels, probabilities);
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    require(probabilities[i] >= 0 && probabilities[i] <= 1, "the probability of example ", i,
            " is ", probabilities[i], "; it must lie between 0 and 1");
}

}  // namespace detail

OSTEON_INLINE double brier_score(std::span<const int> labels,
                                 std::span<const double> probabilities) {
  detail::require_probabilities(labels, probabilities);
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double error = probabilities[i] - labels[i];
    sum += error * error;
  }
  return sum / static_cast<double>(labels.size());
}

OSTEON_INLINE std::vector<ReliabilityBin> reliability_bins(std::span<const int> labels,
                                                           std::span<const double> probabilities,
                                                           int bins) {
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

OSTEON_INLINE double expected_calibration_error(std::span<const ReliabilityBin> bins) {
  double sum = 0, examples = 0;
  for (const ReliabilityBin& bin : bins) {
    if (bin.count == 0) continue;
    sum += static_cast<double>(bin.count) * std::abs(bin.frequency - bin.mean_probability);
    examples += static_cast<double>(bin.count);
  }
  return sum / examples;
}

OSTEON_INLINE double expected_calibration_error(std::span<const int> labels,
                                                std::span<const double> probabilities, int bins) {
  return expected_calibration_error(reliability_bins(labels, probabilities, bins));
}

}  // namespace osteon::train
