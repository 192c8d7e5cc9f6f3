// Definitions of grouped_split.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/core/random.hpp>
#include <osteon/data/grouped_split.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace osteon::data {

namespace detail {

/// How many samples of each class a group or a part has.
using ClassCounts = std::vector<std::size_t>;

struct SampleGroup {
  std::vector<std::size_t> members;
  ClassCounts counts;
};

OSTEON_INLINE std::vector<SampleGroup> gather_groups(std::span<const int> labels,
                                                     std::span<const std::size_t> groups,
                                                     std::span<const std::size_t> which) {
  int classes = 0;
  for (const std::size_t i : which) classes = std::max(classes, labels[i] + 1);
  std::vector<SampleGroup> gathered;
  std::vector<std::size_t> sorted(which.begin(), which.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](std::size_t a, std::size_t b) { return groups[a] < groups[b]; });
  for (const std::size_t i : sorted) {
    if (gathered.empty() || groups[gathered.back().members.front()] != groups[i])
      gathered.push_back({{}, ClassCounts(static_cast<std::size_t>(classes))});
    gathered.back().members.push_back(i);
    ++gathered.back().counts[static_cast<std::size_t>(labels[i])];
  }
  return gathered;
}

/// A plain word on a class that cannot be in every part.
OSTEON_INLINE void require_enough_groups(const std::vector<SampleGroup>& groups, std::size_t parts,
                                         std::span<const std::string> names) {
  require(!groups.empty(), "there are no samples to split");
  const std::size_t classes = groups.front().counts.size();
  std::vector<std::size_t> having(classes);
  for (const SampleGroup& group : groups)
    for (std::size_t c = 0; c < classes; ++c) having[c] += group.counts[c] > 0 ? 1 : 0;
  for (std::size_t c = 0; c < classes; ++c)
    require(having[c] != 1, "one group holds every sample of class ", class_name(names, c),
            ": whatever part it goes to, the others would have none. Add images of that class from "
            "other sources");
  for (std::size_t c = 0; c < classes; ++c)
    require(having[c] == 0 || having[c] >= parts, "class ", class_name(names, c), " has ",
            having[c], " groups, too few for ", parts,
            " parts that share no group: ask for fewer parts or folds, or add images of that class "
            "from other sources");
}

/// Parts of given shares (each above 0, sum 1) while groups are dealt out to them.
class Dealer {
 public:
  Dealer(const std::vector<SampleGroup>& groups, std::span<const double> shares)
      : shares_(shares), total_(groups.front().counts.size()), groups_left_(total_.size()) {
    counts_.assign(shares.size(), ClassCounts(total_.size()));
    for (const SampleGroup& group : groups) {
      for (std::size_t c = 0; c < total_.size(); ++c) {
        total_[c] += group.counts[c];
        groups_left_[c] += group.counts[c] > 0 ? 1 : 0;
      }
    }
  }

  /// Puts a group where it is needed or fits best, and returns that part.
  std::size_t deal(const ClassCounts& group) {
    std::size_t best = 0;
    for (std::size_t p = 1; p < shares_.size(); ++p)
      if (std::pair(-needed(p, group), misfit(p, group)) <
          std::pair(-needed(best, group), misfit(best, group)))
        best = p;
    for (std::size_t c = 0; c < group.size(); ++c) {
      counts_[best][c] += group[c];
      groups_left_[c] -= group[c] > 0 ? 1 : 0;
    }
    return best;
  }

  /// The first part and class without a sample, if there is one.
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> gap() const {
    for (std::size_t p = 0; p < counts_.size(); ++p)
      for (std::size_t c = 0; c < total_.size(); ++c)
        if (total_[c] > 0 && counts_[p][c] == 0) return std::pair(p, c);
    return std::nullopt;
  }

 private:
  /// Classes of the group that a part lacks and that have no more groups left than parts lack them.
  [[nodiscard]] int needed(std::size_t p, const ClassCounts& group) const {
    int classes = 0;
    for (std::size_t c = 0; c < group.size(); ++c) {
      const auto lacking = static_cast<std::size_t>(
          std::ranges::count_if(counts_, [c](const ClassCounts& part) { return part[c] == 0; }));
      classes += group[c] > 0 && counts_[p][c] == 0 && groups_left_[c] <= lacking ? 1 : 0;
    }
    return classes;
  }

  /// By how much sum (count - wanted)^2 / wanted over the classes grows.
  [[nodiscard]] double misfit(std::size_t p, const ClassCounts& group) const {
    double change = 0;
    for (std::size_t c = 0; c < group.size(); ++c) {
      if (group[c] == 0) continue;
      const double wanted = shares_[p] * static_cast<double>(total_[c]);
      const auto has = static_cast<double>(counts_[p][c]), more = static_cast<double>(group[c]);
      change += more * (2 * (has - wanted) + more) / wanted;
    }
    return change;
  }

  std::span<const double> shares_;
  ClassCounts total_, groups_left_;
  std::vector<ClassCounts> counts_;
};

/// The part of each group. Large groups are dealt first, as scikit-learn's StratifiedGroupKFold
/// does, and relative to what a part wants, so that small parts get large groups too. Every part
/// gets every class.
OSTEON_INLINE std::vector<std::size_t> deal_groups(const std::vector<SampleGroup>& groups,
                                                   std::span<const double> shares, Random random,
                                                   std::span<const std::string> names) {
  require_enough_groups(groups, shares.size(), names);
  // Sizes are compared by powers of two: the seed is to choose among more than exact ties.
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  random.shuffle(std::span(order));
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::bit_width(groups[a].members.size()) > std::bit_width(groups[b].members.size());
  });
  Dealer dealer(groups, shares);
  std::vector<std::size_t> part_of(groups.size());
  for (const std::size_t g : order) part_of[g] = dealer.deal(groups[g].counts);
  // Only groups of several classes can still leave a gap.
  if (const auto gap = dealer.gap())
    fail("a part of the share ", shares[gap->first], " would have no sample of class ",
         class_name(names, gap->second),
         ": some groups hold several classes and cannot be dealt out evenly; try another seed, "
         "fewer parts, or larger shares");
  return part_of;
}

}  // namespace detail

OSTEON_INLINE GroupedSplit grouped_split(std::span<const int> labels,
                                         std::span<const std::size_t> groups,
                                         const GroupedSplitOptions& options,
                                         std::span<const std::string> classes) {
  require(labels.size() == groups.size(), "there are ", labels.size(), " labels but ",
          groups.size(), " groups; give one of each for every sample");
  for (std::size_t i = 0; i < labels.size(); ++i)
    require(labels[i] >= 0, "label ", labels[i], " of sample ", i, " is negative");
  const bool cross = options.folds != 0;
  require(options.val >= 0 && options.val < 1, "the validation share is ", options.val,
          "; it must be at least 0 and below 1");
  if (cross) {
    require(options.folds >= 2, "a cross-validation of ", options.folds,
            " folds; it needs at least 2");
    require(options.fold >= 0 && options.fold < options.folds, "there is no fold ", options.fold,
            "; the ", options.folds, " folds are 0 to ", options.folds - 1);
  } else {
    require(options.test >= 0 && options.val + options.test < 1, "the validation share is ",
            options.val, " and the test share ", options.test,
            "; both must be at least 0 and leave something to train on");
    require(options.val + options.test > 0,
            "the validation and the test share are both 0: nothing is to be split off");
  }

  GroupedSplit split;
  constexpr std::uint64_t test_stream = std::uint64_t{0x6E0B9} << 32, val_stream = test_stream + 1;
  std::vector<std::size_t> rest(labels.size());
  std::iota(rest.begin(), rest.end(), std::size_t{0});
  const auto deal = [&](std::span<const double> shares, std::uint64_t stream) {
    const auto gathered = detail::gather_groups(labels, groups, rest);
    const auto part_of =
        detail::deal_groups(gathered, shares, Random(options.seed, stream), classes);
    std::vector<std::vector<std::size_t>> parts(shares.size());
    for (std::size_t g = 0; g < gathered.size(); ++g)
      parts[part_of[g]].insert(parts[part_of[g]].end(), gathered[g].members.begin(),
                               gathered[g].members.end());
    for (auto& part : parts) std::sort(part.begin(), part.end());
    return parts;
  };

  if (!cross) {
    std::vector<double> shares{1 - options.val - options.test};
    if (options.val > 0) shares.push_back(options.val);
    if (options.test > 0) shares.push_back(options.test);
    auto parts = deal(shares, test_stream);
    split.train = std::move(parts[0]);
    if (options.test > 0) split.test = std::move(parts.back());
    if (options.val > 0) split.val = std::move(parts[1]);
    return split;
  }
  const auto k = static_cast<std::size_t>(options.folds);
  auto folds = deal(std::vector<double>(k, 1.0 / static_cast<double>(k)), test_stream);
  split.test = std::move(folds[static_cast<std::size_t>(options.fold)]);
  std::erase_if(rest, [&](std::size_t i) { return std::ranges::binary_search(split.test, i); });
  if (options.val == 0) {
    split.train = std::move(rest);
    return split;
  }
  auto parts = deal(std::vector<double>{1 - options.val, options.val}, val_stream);
  split.train = std::move(parts[0]);
  split.val = std::move(parts[1]);
  return split;
}

}  // namespace osteon::data
