// Definitions of ranking.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/train/binary_metrics.hpp>
#include <osteon/train/ranking.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace osteon::train {

namespace detail {

OSTEON_INLINE std::vector<ThresholdCount> threshold_counts(std::span<const int> labels,
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

OSTEON_INLINE RocCurve roc_curve(std::span<const int> labels, std::span<const double> scores) {
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

OSTEON_INLINE double roc_auc(std::span<const int> labels, std::span<const double> scores) {
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

OSTEON_INLINE PrecisionRecallCurve precision_recall_curve(std::span<const int> labels,
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

OSTEON_INLINE double average_precision(std::span<const int> labels,
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
