#include <osteon/core/random.hpp>
#include <osteon/data/grouped_split.hpp>

#include "../io/temporary_folder.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace osteon::data;
using osteon::test::error_of;

namespace {

struct Data {
  std::vector<int> labels;
  std::vector<std::size_t> groups;
};

/// Two classes of groups of 1 to 60 samples, few large and many small ones; shuffled.
Data uneven_groups(std::uint64_t seed, std::size_t groups_of_class = 120) {
  osteon::Random random(seed);
  std::vector<std::pair<int, std::size_t>> samples;
  for (std::size_t g = 0; g < 2 * groups_of_class; ++g) {
    const std::uint32_t size = random.chance(0.2F) ? 20 + random.below(41) : 1 + random.below(4);
    for (std::uint32_t i = 0; i < size; ++i) samples.emplace_back(g % 2, 1000 - g);
  }
  random.shuffle(std::span(samples));
  Data data;
  for (const auto& [label, group] : samples) {
    data.labels.push_back(label);
    data.groups.push_back(group);
  }
  return data;
}

double share(const Data& data, const std::vector<std::size_t>& part, int label) {
  const auto in_part = std::count_if(part.begin(), part.end(),
                                     [&](std::size_t i) { return data.labels[i] == label; });
  return static_cast<double>(in_part) / static_cast<double>(std::ranges::count(data.labels, label));
}

/// Every position once, ascending, and no group on two sides.
void check_whole(const Data& data, const GroupedSplit& split) {
  std::vector<int> seen(data.labels.size());
  std::map<std::size_t, std::set<int>> sides;
  int side = 0;
  for (const auto* part : {&split.train, &split.val, &split.test}) {
    CHECK(std::is_sorted(part->begin(), part->end()));
    for (const std::size_t i : *part) {
      ++seen[i];
      sides[data.groups[i]].insert(side);
    }
    ++side;
  }
  CHECK(std::ranges::count(seen, 1) == static_cast<std::ptrdiff_t>(seen.size()));
  CHECK(std::ranges::all_of(sides, [](const auto& entry) { return entry.second.size() == 1; }));
}

}  // namespace

TEST_CASE("groups stay whole and every class gets its share of every part") {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const Data data = uneven_groups(seed);
    const GroupedSplit split =
        grouped_split(data.labels, data.groups, {.val = 0.15, .test = 0.2, .seed = seed});
    check_whole(data, split);
    for (const int label : {0, 1}) {
      CHECK(share(data, split.train, label) == doctest::Approx(0.65).epsilon(0.02));
      CHECK(share(data, split.val, label) == doctest::Approx(0.15).epsilon(0.04));
      CHECK(share(data, split.test, label) == doctest::Approx(0.2).epsilon(0.04));
    }
  }
}

TEST_CASE("small parts get large groups too") {
  const Data data = uneven_groups(6);
  const GroupedSplit split = grouped_split(data.labels, data.groups, {});
  std::map<std::size_t, std::size_t> sizes;
  for (const std::size_t group : data.groups) ++sizes[group];
  for (const auto* part : {&split.val, &split.test})
    CHECK(std::ranges::any_of(*part, [&](std::size_t i) { return sizes[data.groups[i]] >= 20; }));
}

TEST_CASE("a grouped split is a function of its seed") {
  const Data data = uneven_groups(7);
  const auto test_of = [&](std::uint64_t seed) {
    return grouped_split(data.labels, data.groups, {.seed = seed}).test;
  };
  CHECK(test_of(1) == test_of(1));
  CHECK(test_of(1) != test_of(2));
}

TEST_CASE("a share of 0 leaves the part empty") {
  const Data data = uneven_groups(8);
  const GroupedSplit no_test = grouped_split(data.labels, data.groups, {.val = 0.3, .test = 0});
  CHECK(no_test.test.empty());
  check_whole(data, no_test);
  const GroupedSplit no_val = grouped_split(data.labels, data.groups, {.val = 0, .test = 0.3});
  CHECK(no_val.val.empty());
  check_whole(data, no_val);
}

TEST_CASE("the folds' test parts are disjoint and together everything") {
  const Data data = uneven_groups(9);
  std::vector<int> tested(data.labels.size());
  for (int fold = 0; fold < 5; ++fold) {
    const GroupedSplit split =
        grouped_split(data.labels, data.groups, {.val = 0.2, .folds = 5, .fold = fold});
    check_whole(data, split);
    for (const int label : {0, 1}) {
      CHECK(share(data, split.test, label) == doctest::Approx(0.2).epsilon(0.05));
      CHECK(share(data, split.val, label) == doctest::Approx(0.16).epsilon(0.05));
    }
    for (const std::size_t i : split.test) ++tested[i];
  }
  CHECK(std::ranges::count(tested, 1) == static_cast<std::ptrdiff_t>(tested.size()));
  CHECK(grouped_split(data.labels, data.groups, {.val = 0, .folds = 2}).val.empty());
}

TEST_CASE("with as many groups as parts, each part gets one of each class") {
  // Sizes that would all go to the training part otherwise.
  const std::vector<int> labels{0, 0, 0, 0, 0, 0, 1, 1, 1};
  const std::vector<std::size_t> groups{0, 0, 0, 1, 1, 2, 3, 4, 5};
  const GroupedSplit split = grouped_split(labels, groups, {.val = 0.05, .test = 0.05});
  for (const auto* part : {&split.train, &split.val, &split.test})
    for (const int label : {0, 1})
      CHECK(std::ranges::any_of(*part, [&](std::size_t i) { return labels[i] == label; }));
}

TEST_CASE("groups of several classes stay whole as well") {
  Data data;
  osteon::Random random(10);
  for (std::size_t g = 0; g < 60; ++g) {
    for (std::uint32_t i = 0; i < 6; ++i) {
      data.labels.push_back(g % 3 == 0 ? static_cast<int>(random.below(2))
                                       : static_cast<int>(g % 2));
      data.groups.push_back(g);
    }
  }
  const GroupedSplit split = grouped_split(data.labels, data.groups, {.val = 0.2, .test = 0.2});
  check_whole(data, split);
  for (const int label : {0, 1})
    CHECK(share(data, split.test, label) == doctest::Approx(0.2).epsilon(0.2));
}

TEST_CASE("splits that cannot be are refused in plain words") {
  const std::vector<std::string> names{"broken", "whole"};
  const auto message = [&](const std::vector<int>& labels, const std::vector<std::size_t>& groups,
                           const GroupedSplitOptions& options) {
    return error_of([&] { (void)grouped_split(labels, groups, options, names); });
  };
  const auto contains = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const std::vector<int> labels{0, 0, 1, 1};
  const std::vector<std::size_t> own{0, 1, 2, 3};
  CHECK(contains(message(labels, {0, 1}, {}), "4 labels but 2 groups"));
  CHECK(contains(message({0, -1}, {0, 1}, {}), "negative"));
  CHECK(contains(message({}, {}, {}), "no samples"));
  CHECK(contains(message(labels, {0, 1, 2, 2}, {}),
                 "one group holds every sample of class \"whole\""));
  CHECK(contains(message(labels, own, {}), "class \"broken\" has 2 groups, too few for 3 parts"));
  CHECK(contains(message(labels, own, {.val = 0, .folds = 3}), "too few for 3 parts"));
  CHECK(contains(message(labels, own, {.val = 1}), "validation share is 1"));
  CHECK(contains(message(labels, own, {.val = 0.5, .test = 0.5}), "something to train on"));
  CHECK(contains(message(labels, own, {.val = 0, .test = 0}), "nothing is to be split off"));
  CHECK(contains(message(labels, own, {.val = std::numeric_limits<double>::quiet_NaN()}),
                 "validation share is"));
  CHECK(contains(message(labels, own, {.folds = 1}), "at least 2"));
  CHECK(contains(message(labels, own, {.folds = 4, .fold = 4}), "there is no fold 4"));
  CHECK(contains(message(labels, own, {.folds = 4, .fold = -1}), "there is no fold -1"));
}
