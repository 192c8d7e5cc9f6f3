// Definitions of balanced_sampler.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/balanced_sampler.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace osteon::data {

OSTEON_INLINE BalancedSampler::BalancedSampler(std::span<const int> labels,
                                               std::span<const std::size_t> groups)
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

OSTEON_INLINE std::vector<std::size_t> BalancedSampler::operator()(Random& random) const {
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

OSTEON_INLINE std::vector<std::size_t> BalancedSampler::shares(std::size_t total, std::size_t count,
                                                               Random& random) {
  std::vector<std::size_t> result(count, total / count);
  for (std::size_t i = 0; i < total % count; ++i) ++result[i];
  if (total % count != 0) random.shuffle(std::span(result));
  return result;
}

}  // namespace osteon::data
