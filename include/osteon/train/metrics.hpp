// What a classifier got right and wrong, and scikit-learn's report of it.
#pragma once

#include <osteon/core/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
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
  void add(std::size_t truth, std::size_t predicted, std::int64_t count = 1) {
    require(truth < classes_ && predicted < classes_, "class ", std::max(truth, predicted),
            " is not among the ", classes_, " classes of this confusion matrix");
    counts_[truth * classes_ + predicted] += count;
  }

  [[nodiscard]] std::size_t classes() const { return classes_; }
  [[nodiscard]] std::int64_t operator()(std::size_t truth, std::size_t predicted) const {
    return counts_.at(truth * classes_ + predicted);
  }
  [[nodiscard]] std::int64_t total() const {
    std::int64_t sum = 0;
    for (const std::int64_t count : counts_) sum += count;
    return sum;
  }
  /// How many examples truly are of that class.
  [[nodiscard]] std::int64_t support(std::size_t truth) const {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < classes_; ++k) sum += (*this)(truth, k);
    return sum;
  }
  /// How many examples were predicted to be of that class.
  [[nodiscard]] std::int64_t predicted(std::size_t predicted) const {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < classes_; ++k) sum += (*this)(k, predicted);
    return sum;
  }

  /// The share of examples on the diagonal; 0 without examples.
  [[nodiscard]] double accuracy() const {
    std::int64_t right = 0;
    for (std::size_t k = 0; k < classes_; ++k) right += (*this)(k, k);
    return ratio(right, total());
  }
  /// The accuracy of always answering the most frequent class: what any classifier has to beat.
  [[nodiscard]] double majority_accuracy() const {
    std::int64_t most = 0;
    for (std::size_t k = 0; k < classes_; ++k) most = std::max(most, support(k));
    return ratio(most, total());
  }

  /// With tp true positives: precision = tp / predicted, recall = tp / support,
  /// F1 = 2 tp / (predicted + support), their harmonic mean. (scikit-learn before 1.3 computes F1
  /// from rounded precision and recall: at exact ties its last printed digit may differ.)
  [[nodiscard]] ClassScores scores(std::size_t k) const {
    const std::int64_t hits = (*this)(k, k);
    return {ratio(hits, predicted(k)), ratio(hits, support(k)),
            ratio(2 * hits, predicted(k) + support(k)), support(k)};
  }
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

/// Characters, not bytes, of UTF-8 text.
inline std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

inline std::string align_right(std::string_view text, std::size_t width) {
  const std::size_t own = text_width(text);
  return std::string(width > own ? width - own : 0, ' ') + std::string(text);
}

inline std::string two_digits(double value) {
  std::array<char, 32> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.2f", value);
  return buffer.data();
}

inline void require_names(const ConfusionMatrix& matrix, std::span<const std::string> names) {
  require(names.size() == matrix.classes(), names.size(), " class names were given for ",
          matrix.classes(), " classes");
}

}  // namespace detail

/// The text of scikit-learn's classification_report(digits=2, zero_division=0), to the letter.
/// Unlike there, a class that never occurs doesn't turn the accuracy into a "micro avg".
[[nodiscard]] inline std::string classification_report(const ConfusionMatrix& matrix,
                                                       std::span<const std::string> names) {
  using detail::align_right;
  detail::require_names(matrix, names);
  constexpr std::string_view longest_heading = "weighted avg";
  std::size_t width = longest_heading.size();
  for (const std::string& name : names) width = std::max(width, detail::text_width(name));

  const auto line = [&](std::string_view heading, std::array<std::string, 4> cells) {
    std::string text = align_right(heading, width) + ' ';
    for (const std::string& cell : cells) text += ' ' + align_right(cell, 9);
    return text + '\n';
  };
  const auto scores_line = [&](std::string_view heading, const ClassScores& s) {
    return line(heading, {detail::two_digits(s.precision), detail::two_digits(s.recall),
                          detail::two_digits(s.f1), std::to_string(s.support)});
  };

  std::string report = line("", {"precision", "recall", "f1-score", "support"}) + '\n';
  for (std::size_t k = 0; k < names.size(); ++k) report += scores_line(names[k], matrix.scores(k));
  report += '\n';
  report += line("accuracy",
                 {"", "", detail::two_digits(matrix.accuracy()), std::to_string(matrix.total())});
  report += scores_line("macro avg", matrix.macro_average());
  report += scores_line("weighted avg", matrix.weighted_average());
  return report;
}

/// The matrix as a table: a row per true class, a column per predicted one.
[[nodiscard]] inline std::string confusion_table(const ConfusionMatrix& matrix,
                                                 std::span<const std::string> names) {
  using detail::align_right;
  detail::require_names(matrix, names);
  const std::string corner = "true \\ predicted";
  std::size_t heading = corner.size();
  std::size_t cell = std::to_string(matrix.total()).size();
  for (const std::string& name : names) {
    heading = std::max(heading, detail::text_width(name));
    cell = std::max(cell, detail::text_width(name));
  }
  std::string table = align_right(corner, heading);
  for (const std::string& name : names) table += "  " + align_right(name, cell);
  table += '\n';
  for (std::size_t truth = 0; truth < names.size(); ++truth) {
    table += align_right(names[truth], heading);
    for (std::size_t k = 0; k < names.size(); ++k)
      table += "  " + align_right(std::to_string(matrix(truth, k)), cell);
    table += '\n';
  }
  return table;
}

}  // namespace osteon::train
