// Which samples an epoch takes, and how often, so that classes and groups weigh the same.
//
// A folder may hold one radiograph eighty times, turned, and another once. Drawn as they lie, the
// eighty are most of what a network sees of their class.
#pragma once

#include <osteon/core/random.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace osteon::data {

/// Draws as many positions as there are samples: of each class the same number, of each group of a
/// class the same number, of each sample of a group the same number, each up to one (chance decides
/// who gets the rest). In place of weights drawn with replacement (PyTorch's
/// WeightedRandomSampler), which leave out a third of the samples by chance alone.
///
///     Loader training(dataset, indices, {.sampler = BalancedSampler(labels, groups)});
class BalancedSampler {
 public:
  /// The class and the group of each sample; a group that has several classes counts in each.
  /// Throws Error unless there are samples with one of each.
  BalancedSampler(std::span<const int> labels, std::span<const std::size_t> groups);

  /// Positions in the labels that were given, in no useful order.
  [[nodiscard]] std::vector<std::size_t> operator()(Random& random) const;

 private:
  using Members = std::vector<std::size_t>;

  /// `total` dealt out to `count`: they differ by at most one.
  [[nodiscard]] static std::vector<std::size_t> shares(std::size_t total, std::size_t count,
                                                       Random& random);

  std::size_t samples_;
  std::vector<std::vector<Members>> classes_;  // of each class its groups
};

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/balanced_sampler.ipp>
#endif
