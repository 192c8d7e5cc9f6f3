// What a decision between two classes is worth: sensitivity and specificity, predictive values, and
// agreement beyond chance.
//
// A value that the examples cannot tell, such as the sensitivity where no example is positive, is
// NaN and not 0: a 0 would read as a failure of the classifier. (ConfusionMatrix::scores gives 0
// there, as scikit-learn's report does.)
#pragma once

#include <osteon/train/metrics.hpp>

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
void require_binary(std::span<const int> labels, std::span<const double> scores);

}  // namespace detail

/// Class `positive` against all others: `probabilities` is (N, classes), as evaluate() gives it.
[[nodiscard]] BinaryPredictions one_vs_rest(std::span<const int> labels,
                                            std::span<const float> probabilities,
                                            std::size_t classes, std::size_t positive);

/// The decisions "positive where score >= threshold": class 1 is the positive one. Throws Error on
/// labels other than 0 and 1, and on scores that are not finite.
[[nodiscard]] ConfusionMatrix confusion_at(std::span<const int> labels,
                                           std::span<const double> scores, double threshold);

/// The share of the positive examples that were found (recall, true positive rate). NaN without
/// positive examples. Like the next three, of class `positive` against all others.
[[nodiscard]] inline double sensitivity(const ConfusionMatrix& matrix, std::size_t positive = 1) {
  return detail::ratio_or_nan(matrix(positive, positive), matrix.support(positive));
}

/// The share of the negative examples that were recognised (true negative rate). NaN without
/// negative examples.
[[nodiscard]] double specificity(const ConfusionMatrix& matrix, std::size_t positive = 1);

/// The share of true positives among the positive decisions (precision). NaN without positive
/// decisions. Depends on how common the class is among the examples, as the next one does.
[[nodiscard]] double positive_predictive_value(const ConfusionMatrix& matrix,
                                               std::size_t positive = 1);

/// The share of true negatives among the negative decisions. NaN without negative decisions.
[[nodiscard]] double negative_predictive_value(const ConfusionMatrix& matrix,
                                               std::size_t positive = 1);

/// The mean recall of the classes. NaN if a class has no examples.
[[nodiscard]] double balanced_accuracy(const ConfusionMatrix& matrix);

/// Matthews' correlation of truth and decision in [-1, 1], for K classes by Gorodkin, "Comparing
/// two K-category assignments by a K-category correlation coefficient", 2004. 0 where truth or
/// decisions are constant, as in scikit-learn: such decisions are worth what chance is.
[[nodiscard]] double matthews_correlation(const ConfusionMatrix& matrix);

/// Cohen's kappa: (observed - expected agreement) / (1 - expected agreement), where the expected
/// one is that of independent truth and decisions. NaN where truth and decisions are one and the
/// same class throughout, or there are no examples.
[[nodiscard]] double cohen_kappa(const ConfusionMatrix& matrix);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/binary_metrics.ipp>
#endif
