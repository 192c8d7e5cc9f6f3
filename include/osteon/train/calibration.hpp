// Whether probabilities mean what they say: of the examples that are given 0.8, are 80 % positive?
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace osteon::train {

/// The mean of (p - label)^2: Brier, "Verification of forecasts expressed in terms of probability",
/// 1950, in the form for two classes. 0 is perfect; always answering 0.5 gives 0.25.
[[nodiscard]] double brier_score(std::span<const int> labels,
                                 std::span<const double> probabilities);

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
[[nodiscard]] std::vector<ReliabilityBin> reliability_bins(std::span<const int> labels,
                                                           std::span<const double> probabilities,
                                                           int bins = 15);

/// ECE: the mean over examples of |frequency - mean probability| of their bin (Naeini, Cooper and
/// Hauskrecht, AAAI 2015; Guo et al., ICML 2017), here of the probability of the positive class.
/// It depends on the number of bins, and noise in small bins adds to it: compare like with like.
[[nodiscard]] double expected_calibration_error(std::span<const ReliabilityBin> bins);
[[nodiscard]] double expected_calibration_error(std::span<const int> labels,
                                                std::span<const double> probabilities,
                                                int bins = 15);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/calibration.ipp>
#endif
