// The threshold from which on a score means "positive": chosen on validation data, kept with the
// model, and only then measured on test data.
#pragma once

#include <osteon/train/binary_metrics.hpp>

#include <span>
#include <string>
#include <string_view>

namespace osteon::train {

/// A decision rule, and what it gave on the examples at hand. Those that it was chosen on flatter
/// it: report operating_point_at() of others.
struct OperatingPoint {
  double threshold = 0.5;  ///< positive where score >= threshold; +inf: never
  double sensitivity = 0;
  double specificity = 0;
};

/// Whether a rule decides anything on the examples that it was chosen on: it finds a positive one
/// and recognises a negative one. A goal that only "never positive" or "always positive" reaches,
/// or a threshold above which nothing is right, is as good as not reached.
[[nodiscard]] bool is_reached(const OperatingPoint& point);

/// What a given threshold gives on these examples; NaN for the rate of an absent class.
[[nodiscard]] OperatingPoint operating_point_at(std::span<const int> labels,
                                                std::span<const double> scores, double threshold);

/// The largest threshold, so the one of the highest specificity, whose sensitivity on these
/// examples is at least `at_least`. Throws Error unless both classes are there.
[[nodiscard]] OperatingPoint threshold_for_sensitivity(std::span<const int> labels,
                                                       std::span<const double> scores,
                                                       double at_least = 0.95);

/// The smallest threshold, so the one of the highest sensitivity, whose specificity on these
/// examples is at least `at_least`. Throws Error unless both classes are there.
[[nodiscard]] OperatingPoint threshold_for_specificity(std::span<const int> labels,
                                                       std::span<const double> scores,
                                                       double at_least = 0.95);

/// One line for a model's metadata, which parse_operating_point() reads back exactly:
/// "threshold=0.31 sensitivity=0.95 specificity=0.82".
[[nodiscard]] std::string to_text(const OperatingPoint& point);

/// Throws Error on other text; `where` (a path, say) opens its message.
[[nodiscard]] OperatingPoint parse_operating_point(std::string_view text, std::string_view where);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/operating_point.ipp>
#endif
