// What a classifier got right and wrong, and scikit-learn's report of it.
#pragma once

#include <osteon/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace osteon::train {

/// Precision, recall and F1 of a class or an average of classes; support is the number of true
/// examples. Where a denominator is 0, the value is 0 (scikit-learn's zero_division=0).
struct ClassScores {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
  std::int64_t support = 0;
};

/// Counts of (true class, predicted class) for K classes: rows are true, columns predicted.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t classes) : classes_(classes), counts_(classes * classes) {
    require(classes > 0, "a confusion matrix needs at least one class");
  }

  /// Adds one example, or `count` of them. Throws Error if a class is out of range.
  void add(std::size_t truth, std::size_t predicted, std::int64_t count = 1);

  [[nodiscard]] std::size_t classes() const { return classes_; }
  [[nodiscard]] std::int64_t operator()(std::size_t truth, std::size_t predicted) const {
    return counts_.at(truth * classes_ + predicted);
  }
  [[nodiscard]] std::int64_t total() const;
  /// How many examples truly are of that class.
  [[nodiscard]] std::int64_t support(std::size_t truth) const;
  /// How many examples were predicted to be of that class.
  [[nodiscard]] std::int64_t predicted(std::size_t predicted) const;

  /// The share of examples on the diagonal; 0 without examples.
  [[nodiscard]] double accuracy() const;
  /// The accuracy of always answering the most frequent class: what any classifier has to beat.
  [[nodiscard]] double majority_accuracy() const;

  /// With tp true positives: precision = tp / predicted, recall = tp / support,
  /// F1 = 2 tp / (predicted + support), their harmonic mean. (scikit-learn before 1.3 computes F1
  /// from rounded precision and recall: at exact ties its last printed digit may differ.)
  [[nodiscard]] ClassScores scores(std::size_t k) const;
  /// The mean over classes, each counting the same.
  [[nodiscard]] ClassScores macro_average() const {
    return average([](const ClassScores&) { return 1.0; });
  }
  /// The mean over classes, each counting by its support.
  [[nodiscard]] ClassScores weighted_average() const {
    return average([](const ClassScores& s) { return static_cast<double>(s.support); });
  }

 private:
  static double ratio(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
  }

  template <class Weight>
  [[nodiscard]] ClassScores average(Weight weight) const {
    ClassScores mean;
    double weights = 0;
    for (std::size_t k = 0; k < classes_; ++k) {
      const ClassScores s = scores(k);
      const double w = weight(s);
      mean.precision += w * s.precision;
      mean.recall += w * s.recall;
      mean.f1 += w * s.f1;
      weights += w;
    }
    if (weights > 0)
      for (double* value : {&mean.precision, &mean.recall, &mean.f1}) *value /= weights;
    mean.support = total();
    return mean;
  }

  std::size_t classes_;
  std::vector<std::int64_t> counts_;
};

namespace detail {

void require_names(const ConfusionMatrix& matrix, std::span<const std::string> names);

}  // namespace detail

/// The text of scikit-learn's classification_report(digits=2, zero_division=0), to the letter.
/// Unlike there, a class that never occurs doesn't turn the accuracy into a "micro avg".
[[nodiscard]] std::string classification_report(const ConfusionMatrix& matrix,
                                                std::span<const std::string> names);

/// The matrix as a table: a row per true class, a column per predicted one.
[[nodiscard]] std::string confusion_table(const ConfusionMatrix& matrix,
                                          std::span<const std::string> names);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/metrics.ipp>
#endif
