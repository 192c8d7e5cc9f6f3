// Which samples an epoch takes, and how often, so that classes and groups weigh the same.
//
// A folder may hold one radiograph eighty times, turned, and another once. Drawn as they lie, the
// eighty are most of what a network sees of their class.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
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
  BalancedSampler(std::span<const int> labels, std::span<const std::size_t> groups)
      : samples_(labels.size()) {
    require(labels.size() == groups.size(), "there are ", labels.size(), " labels but ",
            groups.size(), " groups; give one of each for every sample");
    require(!labels.empty(), "there are no samples to balance");
    std::map<int, std::map<std::size_t, Members>> sorted;
    for (std::size_t i = 0; i < samples_; ++i) sorted[labels[i]][groups[i]].push_back(i);
    for (auto& [label, of_class] : sorted) {
      classes_.emplace_back();
      for (auto& [group, members] : of_class) classes_.back().push_back(std::move(members));
    }
  }

  /// Positions in the labels that were given, in no useful order.
  [[nodiscard]] std::vector<std::size_t> operator()(Random& random) const {
    std::vector<std::size_t> drawn;
    drawn.reserve(samples_);
    const auto of_class = shares(samples_, classes_.size(), random);
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      const auto of_group = shares(of_class[c], classes_[c].size(), random);
      for (std::size_t g = 0; g < classes_[c].size(); ++g) {
        const Members& members = classes_[c][g];
        const auto of_sample = shares(of_group[g], members.size(), random);
        for (std::size_t i = 0; i < members.size(); ++i)
          drawn.insert(drawn.end(), of_sample[i], members[i]);
      }
    }
    return drawn;
  }

 private:
  using Members = std::vector<std::size_t>;

  /// `total` dealt out to `count`: they differ by at most one.
  [[nodiscard]] static std::vector<std::size_t> shares(std::size_t total, std::size_t count,
                                                       Random& random) {
    std::vector<std::size_t> result(count, total / count);
    for (std::size_t i = 0; i < total % count; ++i) ++result[i];
    if (total % count != 0) random.shuffle(std::span(result));
    return result;
  }

  std::size_t samples_;
  std::vector<std::vector<Members>> classes_;  // of each class its groups
};

}  // namespace osteon::data
