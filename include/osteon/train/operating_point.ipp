// Definitions of operating_point.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/train/operating_point.hpp>
#include <osteon/train/ranking.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace osteon::train {

OSTEON_INLINE bool is_reached(const OperatingPoint& point) {
  return point.threshold < std::numeric_limits<double>::infinity() && point.sensitivity > 0 &&
         point.specificity > 0;
}

OSTEON_INLINE OperatingPoint operating_point_at(std::span<const int> labels,
                                                std::span<const double> scores, double threshold) {
  const ConfusionMatrix matrix = confusion_at(labels, scores, threshold);
  return {threshold, sensitivity(matrix), specificity(matrix)};
}

namespace detail {

/// Every rule that the scores allow, from "never positive" to "always positive".
OSTEON_INLINE std::vector<OperatingPoint> points_to_choose_from(std::span<const int> labels,
                                                                std::span<const double> scores,
                                                                std::string_view what,
                                                                double at_least) {
  require(at_least > 0 && at_least <= 1, "a ", what, " of at least ", at_least,
          " was asked for; it must be above 0 and at most 1");
  const auto counts = threshold_counts(labels, scores);
  const std::int64_t positives = counts.back().true_positives;
  const std::int64_t negatives = counts.back().false_positives;
  require(positives > 0 && negatives > 0, "a threshold for a ", what,
          " needs examples of both classes, and there are ", positives, " positive and ", negatives,
          " negative ones");
  std::vector<OperatingPoint> points{{std::numeric_limits<double>::infinity(), 0, 1}};
  for (const ThresholdCount& count : counts)
    points.push_back({count.threshold, ratio_or_nan(count.true_positives, positives),
                      ratio_or_nan(negatives - count.false_positives, negatives)});
  return points;
}

}  // namespace detail

OSTEON_INLINE OperatingPoint threshold_for_sensitivity(std::span<const int> labels,
                                                       std::span<const double> scores,
                                                       double at_least) {
  const auto points = detail::points_to_choose_from(labels, scores, "sensitivity", at_least);
  return *std::ranges::find_if(
      points, [&](const OperatingPoint& point) { return point.sensitivity >= at_least; });
}

OSTEON_INLINE OperatingPoint threshold_for_specificity(std::span<const int> labels,
                                                       std::span<const double> scores,
                                                       double at_least) {
  const auto points = detail::points_to_choose_from(labels, scores, "specificity", at_least);
  return *std::find_if(points.rbegin(), points.rend(),
                       [&](const OperatingPoint& point) { return point.specificity >= at_least; });
}

OSTEON_INLINE std::string to_text(const OperatingPoint& point) {
  std::array<char, 128> text;
  std::snprintf(text.data(), text.size(), "threshold=%.17g sensitivity=%.17g specificity=%.17g",
                point.threshold, point.sensitivity, point.specificity);
  return text.data();
}

OSTEON_INLINE OperatingPoint parse_operating_point(std::string_view text, std::string_view where) {
  OperatingPoint point;
  std::string_view rest = text;
  const auto take = [&](std::string_view name, double& value) {
    if (!rest.starts_with(name)) return false;
    rest.remove_prefix(name.size());
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{}) return false;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return true;
  };
  require(take("threshold=", point.threshold) && take(" sensitivity=", point.sensitivity) &&
              take(" specificity=", point.specificity) && rest.empty(),
          where, ": \"", text,
          "\" is not an operating point; expected \"threshold=T sensitivity=S specificity=S\"");
  return point;
}

}  // namespace osteon::train
