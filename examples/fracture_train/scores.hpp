// What the answers to a part of the images are worth, and the rule by which answers become
// decisions.
#pragma once

#include <osteon/train/binary_metrics.hpp>
#include <osteon/train/bootstrap.hpp>
#include <osteon/train/calibration.hpp>
#include <osteon/train/evaluation.hpp>
#include <osteon/train/operating_point.hpp>
#include <osteon/train/ranking.hpp>
#include <osteon/train/temperature.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace fracture {

namespace train = osteon::train;

/// Chosen on the validation images, kept in the model file. Thresholds stand for the probability of
/// the positive class after the temperature.
struct DecisionRule {
  std::size_t positive = 0;
  train::Temperature temperature;       // value 1 where the fit came to no end
  train::OperatingPoint sensitivity{};  // at least 95 % of the positive images found
  train::OperatingPoint specificity{};  // at least 95 % of the negative images recognised
};

/// Images of a part whose group is not in the training part: all of them, unless the split leaks.
/// They are another mix of the classes than the part, so they have a majority of their own.
struct Unrelated {
  std::vector<std::size_t> per_class;
  train::Interval accuracy{};

  [[nodiscard]] std::size_t images() const {
    return std::accumulate(per_class.begin(), per_class.end(), std::size_t{0});
  }
  /// The accuracy of always answering the more frequent class; NaN without images.
  [[nodiscard]] double majority_accuracy() const {
    return static_cast<double>(std::ranges::max(per_class)) / static_cast<double>(images());
  }
  /// Whether a percentage of them says anything: at least ten, and each class among them.
  [[nodiscard]] bool enough() const { return images() >= 10 && std::ranges::min(per_class) > 0; }
};

/// The metrics of the positive class; NaN where the images cannot tell.
struct Scores {
  train::Evaluation answers;
  std::size_t groups = 0;
  // Each with its 95 % interval: groups drawn anew, since related images are no independent
  // witnesses, and exact bounds where all groups are right, or all wrong. NaN where groups are too
  // few, or all alike.
  train::Interval accuracy{}, sensitivity{}, specificity{}, auc{};
  double positive_predictive_value = 0, negative_predictive_value = 0;
  double average_precision = 0, matthews_correlation = 0, cohen_kappa = 0;
  double calibration_error = 0, brier = 0;                        // of the softmax
  double calibrated_calibration_error = 0, calibrated_brier = 0;  // after the temperature
  train::OperatingPoint at_sensitivity{}, at_specificity{};       // the rule, measured here
  Unrelated unrelated{};
};

namespace detail {

/// The probability of the positive class at a temperature, and whether it is the truth.
[[nodiscard]] inline train::BinaryPredictions predictions(const train::Evaluation& answers,
                                                          std::size_t positive,
                                                          double temperature) {
  const std::size_t classes = answers.confusion.classes();
  const std::vector<double> softmax = train::softmax(answers.logits, classes, temperature);
  train::BinaryPredictions result;
  for (std::size_t i = 0; i < answers.labels.size(); ++i) {
    result.labels.push_back(answers.labels[i] == static_cast<int>(positive) ? 1 : 0);
    result.scores.push_back(softmax[i * classes + positive]);
  }
  return result;
}

/// The decisions by the largest logit, as scores: 1 for the positive class.
[[nodiscard]] inline train::BinaryPredictions decisions(const train::Evaluation& answers,
                                                        std::size_t positive) {
  const auto classes = static_cast<std::ptrdiff_t>(answers.confusion.classes());
  train::BinaryPredictions result;
  auto row = answers.logits.begin();
  for (const int label : answers.labels) {
    const auto decided = static_cast<std::size_t>(std::max_element(row, row + classes) - row);
    result.labels.push_back(label == static_cast<int>(positive) ? 1 : 0);
    result.scores.push_back(decided == positive ? 1 : 0);
    row += classes;
  }
  return result;
}

/// An interval whatever the number of groups, of which `independent` count for the metric; NaN of
/// no examples.
[[nodiscard]] inline train::Interval interval(const train::BinaryPredictions& of,
                                              std::span<const int> groups, std::size_t independent,
                                              const train::BinaryMetric& metric,
                                              std::uint64_t seed) {
  const bool enough = std::ranges::any_of(groups, [&](int g) { return g != groups.front(); });
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  return train::with_exact_limits(
      enough ? train::bootstrap_interval(of.labels, of.scores, groups, metric, {.seed = seed})
             : train::Interval{groups.empty() ? nan : metric(of.labels, of.scores), nan, nan, 0},
      independent);
}

}  // namespace detail

/// With both classes among `answers`; throws osteon::Error otherwise.
inline DecisionRule choose_rule(const train::Evaluation& answers, std::size_t positive) {
  DecisionRule rule;
  rule.positive = positive;
  rule.temperature =
      train::fit_temperature(answers.logits, answers.confusion.classes(), answers.labels);
  if (rule.temperature.at_limit) rule.temperature.value = 1;
  const auto calibrated = detail::predictions(answers, positive, rule.temperature.value);
  rule.sensitivity = train::threshold_for_sensitivity(calibrated.labels, calibrated.scores, 0.95);
  rule.specificity = train::threshold_for_specificity(calibrated.labels, calibrated.scores, 0.95);
  return rule;
}

/// `groups` of the images, in the order of the answers; `trained`: those in the training part.
inline Scores score(train::Evaluation evaluation, std::span<const std::size_t> groups,
                    const std::set<std::size_t>& trained, const DecisionRule& rule,
                    std::uint64_t seed) {
  Scores result{.answers = std::move(evaluation)};
  const train::Evaluation& answers = result.answers;
  const std::size_t positive = rule.positive;
  const auto plain = detail::predictions(answers, positive, 1);
  const auto calibrated = detail::predictions(answers, positive, rule.temperature.value);
  const auto decided = detail::decisions(answers, positive);

  const std::vector<int> group(groups.begin(), groups.end());
  result.groups = std::set(group.begin(), group.end()).size();
  using Matrix = train::ConfusionMatrix;
  const auto interval = [seed](const train::BinaryPredictions& of, std::span<const int> in,
                               std::size_t independent, double (*metric)(const Matrix&)) {
    return detail::interval(
        of, in, independent,
        [metric](std::span<const int> labels, std::span<const double> scores) {
          return metric(train::confusion_at(labels, scores, 0.5));
        },
        seed);
  };
  const auto accuracy = [](const Matrix& m) { return m.accuracy(); };
  const std::size_t positives = train::groups_of_class(plain.labels, group, 1);
  const std::size_t negatives = train::groups_of_class(plain.labels, group, 0);
  result.accuracy = interval(decided, group, result.groups, accuracy);
  result.sensitivity =
      interval(decided, group, positives, [](const Matrix& m) { return train::sensitivity(m); });
  result.specificity =
      interval(decided, group, negatives, [](const Matrix& m) { return train::specificity(m); });
  result.auc = detail::interval(plain, group, std::min(positives, negatives), train::roc_auc, seed);

  const Matrix& matrix = answers.confusion;
  result.positive_predictive_value = train::positive_predictive_value(matrix, positive);
  result.negative_predictive_value = train::negative_predictive_value(matrix, positive);
  result.matthews_correlation = train::matthews_correlation(matrix);
  result.cohen_kappa = train::cohen_kappa(matrix);
  result.average_precision = train::average_precision(plain.labels, plain.scores);
  result.calibration_error = train::expected_calibration_error(plain.labels, plain.scores);
  result.brier = train::brier_score(plain.labels, plain.scores);
  result.calibrated_calibration_error =
      train::expected_calibration_error(calibrated.labels, calibrated.scores);
  result.calibrated_brier = train::brier_score(calibrated.labels, calibrated.scores);
  const auto measured = [&](const train::OperatingPoint& point) {
    return train::operating_point_at(calibrated.labels, calibrated.scores, point.threshold);
  };
  result.at_sensitivity = measured(rule.sensitivity);
  result.at_specificity = measured(rule.specificity);

  train::BinaryPredictions unrelated;
  std::vector<int> unrelated_group;
  result.unrelated.per_class.resize(answers.confusion.classes());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (trained.contains(groups[i])) continue;
    unrelated.labels.push_back(decided.labels[i]);
    unrelated.scores.push_back(decided.scores[i]);
    unrelated_group.push_back(group[i]);
    ++result.unrelated.per_class[static_cast<std::size_t>(answers.labels[i])];
  }
  const std::set<int> apart(unrelated_group.begin(), unrelated_group.end());
  result.unrelated.accuracy = interval(unrelated, unrelated_group, apart.size(), accuracy);
  return result;
}

}  // namespace fracture
