// How well scores rank the positive examples above the negative ones, at every threshold: the ROC
// and the precision-recall curve, and the areas below them.
#pragma once

#include <osteon/train/binary_metrics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
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
[[nodiscard]] inline std::vector<ThresholdCount> threshold_counts(std::span<const int> labels,
                                                                  std::span<const double> scores) {
  require_binary(labels, scores);
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<ThresholdCount> counts;
  std::int64_t true_positives = 0, false_positives = 0;
  for (const std::size_t i : order) {
    (labels[i] == 1 ? true_positives : false_positives) += 1;
    if (counts.empty() || counts.back().threshold != scores[i]) counts.push_back({scores[i], 0, 0});
    counts.back().true_positives = true_positives;
    counts.back().false_positives = false_positives;
  }
  return counts;
}

}  // namespace detail

/// The receiver operating characteristic. A rate is NaN throughout if its class is absent.
struct RocCurve {
  std::vector<double> false_positive_rate;  ///< 1 - specificity, ascending from 0
  std::vector<double> true_positive_rate;   ///< sensitivity, ascending from 0
  std::vector<double> thresholds;           ///< "positive" from this score on; the first is +inf
};

/// A point for each distinct score, after the point (0, 0): scikit-learn's
/// roc_curve(drop_intermediate=False).
[[nodiscard]] inline RocCurve roc_curve(std::span<const int> labels,
                                        std::span<const double> scores) {
  const auto counts = detail::threshold_counts(labels, scores);
  RocCurve curve;
  const auto add = [&](const detail::ThresholdCount& count) {
    using detail::ratio_or_nan;
    curve.false_positive_rate.push_back(
        ratio_or_nan(count.false_positives, counts.back().false_positives));
    curve.true_positive_rate.push_back(
        ratio_or_nan(count.true_positives, counts.back().true_positives));
    curve.thresholds.push_back(count.threshold);
  };
  add({std::numeric_limits<double>::infinity(), 0, 0});
  for (const auto& count : counts) add(count);
  return curve;
}

/// The area under the ROC curve by the trapezoidal rule, which is the share of the pairs of a
/// positive and a negative example that the scores put in the right order, ties counting half
/// (Mann and Whitney's U). NaN if a class is absent.
[[nodiscard]] inline double roc_auc(std::span<const int> labels, std::span<const double> scores) {
  const auto counts = detail::threshold_counts(labels, scores);
  std::int64_t twice = 0;  // in halves of a pair, so that the sum is exact
  std::int64_t found = 0, false_positives = 0;
  for (const auto& count : counts) {
    twice += (count.false_positives - false_positives) * (count.true_positives + found);
    found = count.true_positives;
    false_positives = count.false_positives;
  }
  return detail::ratio_or_nan(twice, 2 * found * false_positives);
}

/// In scikit-learn's order, precision_recall_curve(): thresholds ascend, and a last point (1, 0)
/// without a threshold closes the curve. The recall is NaN throughout without positive examples.
struct PrecisionRecallCurve {
  std::vector<double> precision;   ///< one more than thresholds
  std::vector<double> recall;      ///< descending; one more than thresholds
  std::vector<double> thresholds;  ///< the distinct scores
};

[[nodiscard]] inline PrecisionRecallCurve precision_recall_curve(std::span<const int> labels,
                                                                 std::span<const double> scores) {
  const auto counts = detail::threshold_counts(labels, scores);
  const std::int64_t positives = counts.back().true_positives;
  PrecisionRecallCurve curve;
  for (auto count = counts.rbegin(); count != counts.rend(); ++count) {
    curve.precision.push_back(detail::ratio_or_nan(count->true_positives,
                                                   count->true_positives + count->false_positives));
    curve.recall.push_back(detail::ratio_or_nan(count->true_positives, positives));
    curve.thresholds.push_back(count->threshold);
  }
  curve.precision.push_back(1);
  curve.recall.push_back(positives == 0 ? detail::undefined : 0);
  return curve;
}

/// The area under the precision-recall curve as a sum of steps, sum of (R_n - R_{n-1}) P_n:
/// scikit-learn's average_precision_score. (Trapezoids would be too optimistic: Davis and Goadrich,
/// "The relationship between precision-recall and ROC curves", ICML 2006.) A classifier that knows
/// nothing reaches the share of positive examples. NaN without positive examples.
[[nodiscard]] inline double average_precision(std::span<const int> labels,
                                              std::span<const double> scores) {
  const auto counts = detail::threshold_counts(labels, scores);
  const std::int64_t positives = counts.back().true_positives;
  double sum = 0;
  std::int64_t found = 0;
  for (const auto& count : counts) {
    sum += static_cast<double>(count.true_positives - found) *
           static_cast<double>(count.true_positives) /
           static_cast<double>(count.true_positives + count.false_positives);
    found = count.true_positives;
  }
  return positives == 0 ? detail::undefined : sum / static_cast<double>(positives);
}

}  // namespace osteon::train
