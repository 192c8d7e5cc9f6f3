// Definitions of binary_metrics.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/train/binary_metrics.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace osteon::train {

namespace detail {

OSTEON_INLINE void require_binary(std::span<const int> labels, std::span<const double> scores) {
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

OSTEON_INLINE BinaryPredictions one_vs_rest(std::span<const int> labels,
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

OSTEON_INLINE ConfusionMatrix confusion_at(std::span<const int> labels,
                                           std::span<const double> scores, double threshold) {
  detail::require_binary(labels, scores);
  ConfusionMatrix matrix(2);
  for (std::size_t i = 0; i < labels.size(); ++i)
    matrix.add(static_cast<std::size_t>(labels[i]), scores[i] >= threshold ? 1 : 0);
  return matrix;
}

OSTEON_INLINE double specificity(const ConfusionMatrix& matrix, std::size_t positive) {
  const std::int64_t false_positives = matrix.predicted(positive) - matrix(positive, positive);
  const std::int64_t negatives = matrix.total() - matrix.support(positive);
  return detail::ratio_or_nan(negatives - false_positives, negatives);
}

OSTEON_INLINE double positive_predictive_value(const ConfusionMatrix& matrix,
                                               std::size_t positive) {
  return detail::ratio_or_nan(matrix(positive, positive), matrix.predicted(positive));
}

OSTEON_INLINE double negative_predictive_value(const ConfusionMatrix& matrix,
                                               std::size_t positive) {
  const std::int64_t false_negatives = matrix.support(positive) - matrix(positive, positive);
  const std::int64_t decisions = matrix.total() - matrix.predicted(positive);
  return detail::ratio_or_nan(decisions - false_negatives, decisions);
}

OSTEON_INLINE double balanced_accuracy(const ConfusionMatrix& matrix) {
  double sum = 0;
  for (std::size_t k = 0; k < matrix.classes(); ++k) sum += sensitivity(matrix, k);
  return sum / static_cast<double>(matrix.classes());
}

OSTEON_INLINE double matthews_correlation(const ConfusionMatrix& matrix) {
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

OSTEON_INLINE double cohen_kappa(const ConfusionMatrix& matrix) {
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
