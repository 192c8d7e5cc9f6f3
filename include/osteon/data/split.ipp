// Definitions of split.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/core/random.hpp>
#include <osteon/data/split.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace osteon::data {

namespace detail {

/// The positions of each label, shuffled; labels without any get an empty list.
OSTEON_INLINE std::vector<std::vector<std::size_t>> shuffled_by_class(std::span<const int> labels,
                                                                      std::uint64_t seed) {
  std::vector<std::vector<std::size_t>> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    require(labels[i] >= 0, "label ", labels[i], " of sample ", i, " is negative");
    const auto label = static_cast<std::size_t>(labels[i]);
    if (label >= classes.size()) classes.resize(label + 1);
    classes[label].push_back(i);
  }
  constexpr std::uint64_t split_stream = std::uint64_t{0x5B117} << 32;
  for (std::size_t label = 0; label < classes.size(); ++label)
    Random(seed, split_stream + label).shuffle(std::span(classes[label]));
  return classes;
}

}  // namespace detail

OSTEON_INLINE Split stratified_split(std::span<const int> labels, double val_fraction,
                                     std::uint64_t seed) {
  require(val_fraction > 0 && val_fraction < 1, "the validation fraction is ", val_fraction,
          "; it must lie between 0 and 1");
  Split split;
  for (const auto& members : detail::shuffled_by_class(labels, seed)) {
    const std::size_t n = members.size();
    if (n == 0) continue;
    require(n > 1, "a class has a single sample; splitting needs at least two of each class");
    const auto wanted = static_cast<std::size_t>(val_fraction * static_cast<double>(n) + 0.5);
    const auto cut =
        members.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(wanted, 1, n - 1));
    split.val.insert(split.val.end(), members.begin(), cut);
    split.train.insert(split.train.end(), cut, members.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.val.begin(), split.val.end());
  return split;
}

OSTEON_INLINE std::vector<std::size_t> stratified_subset(std::span<const int> labels,
                                                         std::size_t limit, std::uint64_t seed) {
  const auto classes = detail::shuffled_by_class(labels, seed);
  limit = std::min(limit, labels.size());
  std::vector<std::size_t> take(classes.size()), order(classes.size());
  std::size_t taken = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    order[c] = c;
    take[c] = limit * classes[c].size() / labels.size();
    taken += take[c];
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return limit * classes[a].size() % labels.size() > limit * classes[b].size() % labels.size();
  });
  for (std::size_t i = 0; taken < limit; ++i, ++taken) ++take[order[i]];

  std::vector<std::size_t> chosen;
  for (std::size_t c = 0; c < classes.size(); ++c)
    chosen.insert(chosen.end(), classes[c].begin(),
                  classes[c].begin() + static_cast<std::ptrdiff_t>(take[c]));
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace osteon::data
