// How well scores rank the positive examples above the negative ones, at every threshold: the ROC
// and the precision-recall curve, and the areas below them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace osteon::train {

namespace detail {

/// How many examples have score >= threshold.
struct ThresholdCount {
  double threshold;
  std::int64_t true_positives;
  std::int64_t false_positives;
};

/// One entry for each distinct score, from the largest to the smallest: equal scores are one step.
/// The last entry counts every example.
[[nodiscard]] std::vector<ThresholdCount> threshold_counts(std::span<const int> labels,
                                                           std::span<const double> scores);

}  // namespace detail

/// The receiver operating characteristic. A rate is NaN throughout if its class is absent.
struct RocCurve {
  std::vector<double> false_positive_rate;  ///< 1 - specificity, ascending from 0
  std::vector<double> true_positive_rate;   ///< sensitivity, ascending from 0
  std::vector<double> thresholds;           ///< "positive" from this score on; the first is +inf
};

/// A point for each distinct score, after the point (0, 0): scikit-learn's
/// roc_curve(drop_intermediate=False).
[[nodiscard]] RocCurve roc_curve(std::span<const int> labels, std::span<const double> scores);

/// The area under the ROC curve by the trapezoidal rule, which is the share of the pairs of a
/// positive and a negative example that the scores put in the right order, ties counting half
/// (Mann and Whitney's U). NaN if a class is absent.
[[nodiscard]] double roc_auc(std::span<const int> labels, std::span<const double> scores);

/// In scikit-learn's order, precision_recall_curve(): thresholds ascend, and a last point (1, 0)
/// without a threshold closes the curve. The recall is NaN throughout without positive examples.
struct PrecisionRecallCurve {
  std::vector<double> precision;   ///< one more than thresholds
  std::vector<double> recall;      ///< descending; one more than thresholds
  std::vector<double> thresholds;  ///< the distinct scores
};

[[nodiscard]] PrecisionRecallCurve precision_recall_curve(std::span<const int> labels,
                                                          std::span<const double> scores);

/// The area under the precision-recall curve as a sum of steps, sum of (R_n - R_{n-1}) P_n:
/// scikit-learn's average_precision_score. (Trapezoids would be too optimistic: Davis and Goadrich,
/// "The relationship between precision-recall and ROC curves", ICML 2006.) A classifier that knows
/// nothing reaches the share of positive examples. NaN without positive examples.
[[nodiscard]] double average_precision(std::span<const int> labels, std::span<const double> scores);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/ranking.ipp>
#endif
