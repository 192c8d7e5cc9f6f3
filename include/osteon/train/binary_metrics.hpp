// What a decision between two classes is worth: sensitivity and specificity, predictive values, and
// agreement beyond chance.
//
// A value that the examples cannot tell, such as the sensitivity where no example is positive, is
// NaN and not 0: a 0 would read as a failure of the classifier. (ConfusionMatrix::scores gives 0
// there, as scikit-learn's report does.)
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/train/metrics.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace osteon::train {

/// Scored examples of a question with two answers.
struct BinaryPredictions {
  std::vector<int> labels;     ///< 1: positive, 0: negative
  std::vector<double> scores;  ///< larger: more likely positive
};

namespace detail {

inline constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

[[nodiscard]] inline double ratio_or_nan(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? undefined : static_cast<double>(part) / static_cast<double>(whole);
}

/// What every metric of labels and scores asks of them.
inline void require_binary(std::span<const int> labels, std::span<const double> scores) {
  require(labels.size() == scores.size(), labels.size(), " labels came with ", scores.size(),
          " scores; every example needs one of each");
  require(!labels.empty(), "a metric of no examples was asked for");
  for (std::size_t i = 0; i < labels.size(); ++i) {
    require(labels[i] == 0 || labels[i] == 1, "the label of example ", i, " is ", labels[i],
            "; it must be 1 (positive) or 0 (negative)");
    require(std::isfinite(scores[i]), "the score of example ", i, " is ", scores[i],
            "; it must be a finite number");
  }
}

}  // namespace detail

/// Class `positive` against all others: `probabilities` is (N, classes), as evaluate() gives it.
[[nodiscard]] inline BinaryPredictions one_vs_rest(std::span<const int> labels,
                                                   std::span<const float> probabilities,
                                                   std::size_t classes, std::size_t positive) {
  require(positive < classes, "class ", positive, " is not one of ", classes, " classes");
  require(probabilities.size() == labels.size() * classes, labels.size(), " labels of ", classes,
          " classes came with ", probabilities.size(), " probabilities");
  BinaryPredictions result;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    result.labels.push_back(labels[i] == static_cast<int>(positive) ? 1 : 0);
    result.scores.push_back(static_cast<double>(probabilities[i * classes + positive]));
  }
  return result;
}

/// The decisions "positive where score >= threshold": class 1 is the positive one. Throws Error on
/// labels other than 0 and 1, and on scores that are not finite.
[[nodiscard]] inline ConfusionMatrix confusion_at(std::span<const int> labels,
                                                  std::span<const double> scores,
                                                  double threshold) {
  detail::require_binary(labels, scores);
  ConfusionMatrix matrix(2);
  for (std::size_t i = 0; i < labels.size(); ++i)
    matrix.add(static_cast<std::size_t>(labels[i]), scores[i] >= threshold ? 1 : 0);
  return matrix;
}

/// The share of the positive examples that were found (recall, true positive rate). NaN without
/// positive examples. Like the next three, of class `positive` against all others.
[[nodiscard]] inline double sensitivity(const ConfusionMatrix& matrix, std::size_t positive = 1) {
  return detail::ratio_or_nan(matrix(positive, positive), matrix.support(positive));
}

/// The share of the negative examples that were recognised (true negative rate). NaN without
/// negative examples.
[[nodiscard]] inline double specificity(const ConfusionMatrix& matrix, std::size_t positive = 1) {
  const std::int64_t false_positives = matrix.predicted(positive) - matrix(positive, positive);
  const std::int64_t negatives = matrix.total() - matrix.support(positive);
  return detail::ratio_or_nan(negatives - false_positives, negatives);
}

/// The share of true positives among the positive decisions (precision). NaN without positive
/// decisions. Depends on how common the class is among the examples, as the next one does.
[[nodiscard]] inline double positive_predictive_value(const ConfusionMatrix& matrix,
                                                      std::size_t positive = 1) {
  return detail::ratio_or_nan(matrix(positive, positive), matrix.predicted(positive));
}

/// The share of true negatives among the negative decisions. NaN without negative decisions.
[[nodiscard]] inline double negative_predictive_value(const ConfusionMatrix& matrix,
                                                      std::size_t positive = 1) {
  const std::int64_t false_negatives = matrix.support(positive) - matrix(positive, positive);
  const std::int64_t decisions = matrix.total() - matrix.predicted(positive);
  return detail::ratio_or_nan(decisions - false_negatives, decisions);
}

/// The mean recall of the classes. NaN if a class has no examples.
[[nodiscard]] inline double balanced_accuracy(const ConfusionMatrix& matrix) {
  double sum = 0;
  for (std::size_t k = 0; k < matrix.classes(); ++k) sum += sensitivity(matrix, k);
  return sum / static_cast<double>(matrix.classes());
}

/// Matthews' correlation of truth and decision in [-1, 1], for K classes by Gorodkin, "Comparing
/// two K-category assignments by a K-category correlation coefficient", 2004. 0 where truth or
/// decisions are constant, as in scikit-learn: such decisions are worth what chance is.
[[nodiscard]] inline double matthews_correlation(const ConfusionMatrix& matrix) {
  const auto n = static_cast<double>(matrix.total());
  double right = 0, together = 0, truth = 0, decided = 0;
  for (std::size_t k = 0; k < matrix.classes(); ++k) {
    const auto t = static_cast<double>(matrix.support(k));
    const auto p = static_cast<double>(matrix.predicted(k));
    right += static_cast<double>(matrix(k, k));
    together += t * p;
    truth += t * t;
    decided += p * p;
  }
  const double variances = (n * n - truth) * (n * n - decided);
  return variances == 0 ? 0.0 : (right * n - together) / std::sqrt(variances);
}

/// Cohen's kappa: (observed - expected agreement) / (1 - expected agreement), where the expected
/// one is that of independent truth and decisions. NaN where truth and decisions are one and the
/// same class throughout, or there are no examples.
[[nodiscard]] inline double cohen_kappa(const ConfusionMatrix& matrix) {
  const auto n = static_cast<double>(matrix.total());
  double right = 0, together = 0;
  for (std::size_t k = 0; k < matrix.classes(); ++k) {
    right += static_cast<double>(matrix(k, k));
    together += static_cast<double>(matrix.support(k)) * static_cast<double>(matrix.predicted(k));
  }
  const double beyond_chance = n * n - together;
  return beyond_chance == 0 ? detail::undefined : (right * n - together) / beyond_chance;
}

}  // namespace osteon::train
