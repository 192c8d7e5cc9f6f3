// Definitions of metrics.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/train/metrics.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace osteon::train {

OSTEON_INLINE void ConfusionMatrix::add(std::size_t truth, std::size_t predicted,
                                        std::int64_t count) {
  require(truth < classes_ && predicted < classes_, "class ", std::max(truth, predicted),
          " is not among the ", classes_, " classes of this confusion matrix");
  counts_[truth * classes_ + predicted] += count;
}

OSTEON_INLINE std::int64_t ConfusionMatrix::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t count : counts_) sum += count;
  return sum;
}

OSTEON_INLINE std::int64_t ConfusionMatrix::support(std::size_t truth) const {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < classes_; ++k) sum += (*this)(truth, k);
  return sum;
}

OSTEON_INLINE std::int64_t ConfusionMatrix::predicted(std::size_t predicted) const {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < classes_; ++k) sum += (*this)(k, predicted);
  return sum;
}

OSTEON_INLINE double ConfusionMatrix::accuracy() const {
  std::int64_t right = 0;
  for (std::size_t k = 0; k < classes_; ++k) right += (*this)(k, k);
  return ratio(right, total());
}

OSTEON_INLINE double ConfusionMatrix::majority_accuracy() const {
  std::int64_t most = 0;
  for (std::size_t k = 0; k < classes_; ++k) most = std::max(most, support(k));
  return ratio(most, total());
}

OSTEON_INLINE ClassScores ConfusionMatrix::scores(std::size_t k) const {
  const std::int64_t hits = (*this)(k, k);
  return {ratio(hits, predicted(k)), ratio(hits, support(k)),
          ratio(2 * hits, predicted(k) + support(k)), support(k)};
}

namespace detail {

/// Characters, not bytes, of UTF-8 text.
OSTEON_INLINE std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

OSTEON_INLINE std::string align_right(std::string_view text, std::size_t width) {
  const std::size_t own = text_width(text);
  return std::string(width > own ? width - own : 0, ' ') + std::string(text);
}

OSTEON_INLINE std::string two_digits(double value) {
  std::array<char, 32> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.2f", value);
  return buffer.data();
}

OSTEON_INLINE void require_names(const ConfusionMatrix& matrix,
                                 std::span<const std::string> names) {
  require(names.size() == matrix.classes(), names.size(), " class names were given for ",
          matrix.classes(), " classes");
}

}  // namespace detail

OSTEON_INLINE std::string classification_report(const ConfusionMatrix& matrix,
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

OSTEON_INLINE std::string confusion_table(const ConfusionMatrix& matrix,
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
