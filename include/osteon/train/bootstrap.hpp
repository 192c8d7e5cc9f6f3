// How far a metric could have come out otherwise: intervals by the bootstrap over groups.
//
// Images of one patient, or copies of one image, are no independent witnesses. What is drawn anew
// is therefore the group: Davison and Hinkley, "Bootstrap methods and their application", 1997,
// section 3.8. With fewer than some twenty groups the intervals come out too short, and where every
// draw gives the same they have no width at all: with_exact_limits() mends that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace osteon::train {

struct BootstrapOptions {
  int replicates = 2000;
  double confidence = 0.95;
  std::uint64_t seed = 0;
};

/// The value on the examples as they are, and the bounds of its interval.
struct Interval {
  double estimate = 0;
  double lower = 0;
  double upper = 0;
  /// Replicates whose value was NaN (no positive example was drawn, say). The bounds come from the
  /// others; they are NaN if there are none.
  int undefined = 0;
};

/// Examples as a metric takes them: positions, which may repeat.
using Statistic = std::function<double(std::span<const std::size_t> examples)>;
/// A metric of labels and scores, such as roc_auc.
using BinaryMetric =
    std::function<double(std::span<const int> labels, std::span<const double> scores)>;

namespace detail {

/// numpy.quantile of ascending values: linear between neighbours.
[[nodiscard]] double quantile(std::span<const double> sorted, double q);

}  // namespace detail

/// The percentile interval of `statistic`: groups are drawn with replacement, as many as there are,
/// each with all its examples. `groups` holds a number for each example, any; examples that share
/// it belong together. A function of the seed: two metrics of the same examples see the same
/// replicates. Throws Error unless there are two groups, or on options that make no sense.
[[nodiscard]] Interval bootstrap_interval(std::span<const int> groups, const Statistic& statistic,
                                          const BootstrapOptions& options = {});

/// The same for a metric of labels and scores:
///
///     const Interval auc = bootstrap_interval(labels, scores, patients, roc_auc);
[[nodiscard]] Interval bootstrap_interval(std::span<const int> labels,
                                          std::span<const double> scores,
                                          std::span<const int> groups, const BinaryMetric& metric,
                                          const BootstrapOptions& options = {});

/// How many groups have an example of that class.
[[nodiscard]] std::size_t groups_of_class(std::span<const int> labels, std::span<const int> groups,
                                          int label);

/// The interval where the bootstrap knows none: all draws of examples that are all right, or all
/// wrong, are alike, and an interval without width would claim certainty. `independent` counts the
/// groups that a share is of: all for an accuracy, those with positive examples for a sensitivity.
/// Of n groups that all failed the bounds are 0 and 1 - a^(1/n), of n that all succeeded a^(1/n)
/// and 1, with a = (1 - confidence) / 2: Clopper and Pearson, "The use of confidence or fiducial
/// limits illustrated in the case of the binomial", Biometrika 26, 1934. An interval without width
/// at any other estimate becomes NaN, since its groups do not differ; the others stay as they are.
///
/// An AUC of 1 is no share of groups, but is not below one: that of the smaller class's groups
/// whose examples are ranked right against all examples at hand of the other class. So with
/// `independent` of the smaller class the lower bound holds for the AUC as well, given the other
/// class's examples and with groups that count alike; likewise for 0.
[[nodiscard]] Interval with_exact_limits(Interval interval, std::size_t independent,
                                         double confidence = 0.95);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/bootstrap.ipp>
#endif
