// All that is said of a classifier with two answers, on one set of examples.
#pragma once

#include <osteon/train/binary_metrics.hpp>
#include <osteon/train/bootstrap.hpp>
#include <osteon/train/calibration.hpp>
#include <osteon/train/operating_point.hpp>
#include <osteon/train/ranking.hpp>

#include <cstdint>
#include <cstdio>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace osteon::train {

/// Decisions at a probability of one half, unless said otherwise; intervals by the bootstrap over
/// groups. NaN where a figure is not defined, as in binary_metrics.hpp.
struct BinaryReport {
  Interval accuracy, sensitivity, specificity, auc;
  double positive_predictive_value = 0;
  double negative_predictive_value = 0;
  double average_precision = 0;
  double expected_calibration_error = 0;
  double brier = 0;
  double matthews_correlation = 0;
  double cohen_kappa = 0;
};

/// Of the probabilities of the positive class; `groups` are the bootstrap's, one for each example.
/// With fewer than two groups intervals are NaN.
[[nodiscard]] inline BinaryReport binary_report(const BinaryPredictions& predictions,
                                                std::span<const int> groups,
                                                const BootstrapOptions& bootstrap = {}) {
  const std::span<const int> labels = predictions.labels;
  const std::span<const double> scores = predictions.scores;
  const bool several = std::set<int>(groups.begin(), groups.end()).size() > 1;
  const auto interval = [&](const BinaryMetric& metric) {
    if (several) return bootstrap_interval(labels, scores, groups, metric, bootstrap);
    return Interval{metric(labels, scores), detail::undefined, detail::undefined, 0};
  };
  const auto of_matrix = [](auto metric) {
    return [metric](std::span<const int> l, std::span<const double> s) {
      return metric(confusion_at(l, s, 0.5));
    };
  };
  const ConfusionMatrix matrix = confusion_at(labels, scores, 0.5);
  BinaryReport report;
  report.accuracy = interval(of_matrix([](const ConfusionMatrix& m) { return m.accuracy(); }));
  report.sensitivity = interval(of_matrix([](const ConfusionMatrix& m) { return sensitivity(m); }));
  report.specificity = interval(of_matrix([](const ConfusionMatrix& m) { return specificity(m); }));
  report.auc = interval([](auto l, auto s) { return roc_auc(l, s); });
  report.positive_predictive_value = positive_predictive_value(matrix);
  report.negative_predictive_value = negative_predictive_value(matrix);
  report.average_precision = average_precision(labels, scores);
  report.expected_calibration_error = expected_calibration_error(labels, scores);
  report.brier = brier_score(labels, scores);
  report.matthews_correlation = matthews_correlation(matrix);
  report.cohen_kappa = cohen_kappa(matrix);
  return report;
}

/// "0.871 (0.842 to 0.897)".
[[nodiscard]] inline std::string to_text(const Interval& interval) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f (%.3f to %.3f)", interval.estimate, interval.lower,
                interval.upper);
  return text;
}

/// A few lines for a terminal; `positive` names the class.
[[nodiscard]] inline std::string to_text(const BinaryReport& report, const std::string& positive) {
  char rest[160];
  std::snprintf(rest, sizeof rest,
                "  precision %.3f  average precision %.3f  ECE %.3f  Matthews %.3f  kappa %.3f\n",
                report.positive_predictive_value, report.average_precision,
                report.expected_calibration_error, report.matthews_correlation, report.cohen_kappa);
  return concat("positive: ", positive, "; 95 % intervals by the bootstrap over groups\n  AUC ",
                to_text(report.auc), "  sensitivity ", to_text(report.sensitivity),
                "  specificity ", to_text(report.specificity), '\n', rest);
}

}  // namespace osteon::train
