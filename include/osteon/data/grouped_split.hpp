// Splits that keep groups of samples whole, with the classes balanced as far as the groups allow.
#pragma once

#include <osteon/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace osteon::data {

/// With folds == 0: one split by the two shares. With folds >= 2: k-fold cross-validation over
/// groups, of which this is the split whose test part is fold number `fold`; `test` is not used
/// then, and `val` is the share of the other folds' samples.
struct GroupedSplitOptions {
  double val = 0.15;   ///< share of the samples, at least 0; 0 for no validation part
  double test = 0.15;  ///< share of the samples, at least 0; 0 for no test part
  int folds = 0;
  int fold = 0;  ///< 0 <= fold < folds
  std::uint64_t seed = 42;
};

/// Positions in the labels that were given, ascending; every position is in exactly one of the
/// three, and so is every group.
struct GroupedSplit {
  std::vector<std::size_t> train;
  std::vector<std::size_t> val;
  std::vector<std::size_t> test;
};

namespace detail {

[[nodiscard]] inline std::string class_name(std::span<const std::string> names, std::size_t c) {
  return c < names.size() ? concat('"', names[c], '"') : std::to_string(c);
}

}  // namespace detail

/// Splits samples so that no group has members on two sides. `labels` and `groups` give the class
/// and the group of each sample, `classes` the names of the classes for messages. A function of its
/// arguments; the test parts of the folds 0 .. folds - 1 are disjoint and together everything.
/// Every part that is asked for gets samples of every class. Throws Error on shares or folds out of
/// range, sizes that differ, a class that is covered by one group, and a class of fewer groups than
/// parts.
[[nodiscard]] GroupedSplit grouped_split(std::span<const int> labels,
                                         std::span<const std::size_t> groups,
                                         const GroupedSplitOptions& options,
                                         std::span<const std::string> classes = {});

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/grouped_split.ipp>
#endif
