// Definitions of bootstrap.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/core/random.hpp>
#include <osteon/train/bootstrap.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace osteon::train {

namespace detail {

/// The positions of the examples of each group.
OSTEON_INLINE std::vector<std::vector<std::size_t>> members_of(std::span<const int> groups) {
  std::map<int, std::vector<std::size_t>> by_group;
  for (std::size_t i = 0; i < groups.size(); ++i) by_group[groups[i]].push_back(i);
  std::vector<std::vector<std::size_t>> members;
  for (auto& [group, examples] : by_group) members.push_back(std::move(examples));
  return members;
}

OSTEON_INLINE double quantile(std::span<const double> sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

}  // namespace detail

OSTEON_INLINE Interval bootstrap_interval(std::span<const int> groups, const Statistic& statistic,
                                          const BootstrapOptions& options) {
  require(options.replicates > 0, "the bootstrap needs replicates, not ", options.replicates);
  require(options.confidence > 0 && options.confidence < 1, "the confidence is ",
          options.confidence, "; it must lie between 0 and 1");
  const auto members = detail::members_of(groups);
  require(members.size() > 1, "the bootstrap over groups needs at least two of them, not ",
          members.size());

  constexpr std::uint64_t bootstrap_stream = std::uint64_t{0xB0075} << 32;
  std::vector<double> values;
  std::vector<std::size_t> examples;
  for (int r = 0; r < options.replicates; ++r) {
    Random random(options.seed, bootstrap_stream + static_cast<std::uint64_t>(r));
    examples.clear();
    for (std::size_t g = 0; g < members.size(); ++g) {
      const auto& drawn = members[random.below(static_cast<std::uint32_t>(members.size()))];
      examples.insert(examples.end(), drawn.begin(), drawn.end());
    }
    if (const double value = statistic(examples); !std::isnan(value)) values.push_back(value);
  }
  std::sort(values.begin(), values.end());

  examples.resize(groups.size());
  for (std::size_t i = 0; i < examples.size(); ++i) examples[i] = i;
  Interval interval;
  interval.estimate = statistic(examples);
  interval.undefined = options.replicates - static_cast<int>(values.size());
  const double tail = (1 - options.confidence) / 2;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  interval.lower = values.empty() ? nan : detail::quantile(values, tail);
  interval.upper = values.empty() ? nan : detail::quantile(values, 1 - tail);
  return interval;
}

OSTEON_INLINE Interval bootstrap_interval(std::span<const int> labels,
                                          std::span<const double> scores,
                                          std::span<const int> groups, const BinaryMetric& metric,
                                          const BootstrapOptions& options) {
  require(labels.size() == scores.size() && labels.size() == groups.size(), labels.size(),
          " labels came with ", scores.size(), " scores and ", groups.size(),
          " groups; every example needs one of each");
  std::vector<int> drawn_labels;
  std::vector<double> drawn_scores;
  return bootstrap_interval(
      groups,
      [&](std::span<const std::size_t> examples) {
        drawn_labels.clear();
        drawn_scores.clear();
        for (const std::size_t i : examples) {
          drawn_labels.push_back(labels[i]);
          drawn_scores.push_back(scores[i]);
        }
        return metric(drawn_labels, drawn_scores);
      },
      options);
}

OSTEON_INLINE std::size_t groups_of_class(std::span<const int> labels, std::span<const int> groups,
                                          int label) {
  require(labels.size() == groups.size(), labels.size(), " labels came with ", groups.size(),
          " groups; every example needs one of each");
  std::set<int> found;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == label) found.insert(groups[i]);
  return found.size();
}

OSTEON_INLINE Interval with_exact_limits(Interval interval, std::size_t independent,
                                         double confidence) {
  require(confidence > 0 && confidence < 1, "the confidence is ", confidence,
          "; it must lie between 0 and 1");
  if ((interval.estimate == 0 || interval.estimate == 1) && independent > 0) {
    const double far = std::pow((1 - confidence) / 2, 1 / static_cast<double>(independent));
    interval.lower = interval.estimate == 0 ? 0 : far;
    interval.upper = interval.estimate == 0 ? 1 - far : 1;
  } else if (interval.lower == interval.upper) {
    interval.lower = interval.upper = std::numeric_limits<double>::quiet_NaN();
  }
  return interval;
}

}  // namespace osteon::train
