#include <osteon/data/balanced_sampler.hpp>
#include <osteon/data/loader.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <vector>

using namespace osteon;
using data::BalancedSampler;

namespace {

/// Class 0: groups of 80, 15, 4 and 1 samples; class 1: groups of 7 and 3, and two of 5.
struct Uneven {
  std::vector<int> labels;
  std::vector<std::size_t> groups;
  Uneven() {
    std::size_t group = 0;
    for (const auto& [label, size] :
         {std::pair(0, 80), {0, 15}, {0, 4}, {0, 1}, {1, 7}, {1, 3}, {1, 5}, {1, 5}}) {
      labels.insert(labels.end(), static_cast<std::size_t>(size), label);
      groups.insert(groups.end(), static_cast<std::size_t>(size), group++);
    }
  }
};

template <class Key>
std::map<Key, int> count(const std::vector<std::size_t>& drawn, const std::vector<Key>& keys) {
  std::map<Key, int> counts;
  for (const std::size_t i : drawn) ++counts[keys[i]];
  return counts;
}

template <class Key>
int spread(const std::map<Key, int>& counts) {
  const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [low, high] = std::minmax_element(counts.begin(), counts.end(), by_count);
  return high->second - low->second;
}

}  // namespace

TEST_CASE("classes, groups and samples differ by at most one") {
  const Uneven set;
  const BalancedSampler sampler(set.labels, set.groups);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    const auto drawn = sampler(random);
    CHECK(drawn.size() == 120);
    CHECK(spread(count(drawn, set.labels)) == 0);
    const auto groups = count(drawn, set.groups);
    CHECK(groups.size() == 8);
    CHECK(spread(groups) == 0);  // 60 to a class, 15 to each of its four groups
    CHECK(groups.at(3) == 15);   // a single sample, fifteen times
    std::vector<std::size_t> all(set.labels.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    const auto samples = count(drawn, all);
    for (const auto& [i, times] : samples)
      CHECK(times <= (set.groups[i] == 0 || set.groups[i] == 1 ? 1 : 15));
  }
}

TEST_CASE("what does not divide goes to others in other draws") {
  const std::vector<int> labels{0, 0, 1, 1, 1};
  const std::vector<std::size_t> groups{0, 1, 2, 3, 4};
  const BalancedSampler sampler(labels, groups);
  Random random(1);
  std::set<std::vector<std::size_t>> draws;
  std::map<int, int> classes;
  for (int k = 0; k < 40; ++k) {
    auto drawn = sampler(random);
    CHECK(spread(count(drawn, labels)) == 1);
    for (const std::size_t i : drawn) ++classes[labels[i]];
    std::sort(drawn.begin(), drawn.end());
    draws.insert(drawn);
  }
  CHECK(draws.size() > 5);
  CHECK(std::abs(classes[0] - classes[1]) < 30);
}

TEST_CASE("a group of two classes counts in each") {
  const std::vector<int> labels{0, 0, 0, 0, 1, 1, 1, 1};
  const std::vector<std::size_t> groups{0, 1, 1, 1, 1, 2, 2, 2};
  Random random(5);
  const auto drawn = BalancedSampler(labels, groups)(random);
  CHECK(std::ranges::count(drawn, 0U) == 2);
  CHECK(std::ranges::count(drawn, 4U) == 2);
}

TEST_CASE("a loader with a sampler: a function of seed and epoch, whatever the threads") {
  const Uneven set;
  data::ImageDataset dataset{1, {"a", "b"}, {}, {}};
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < set.labels.size(); ++i) {
    dataset.samples.push_back({"", set.labels[i], data::Part::all});
    dataset.pixels.insert(dataset.pixels.end(), 3, 0);
    indices.push_back(set.labels.size() - 1 - i);
  }
  std::vector<int> labels;
  std::vector<std::size_t> groups;
  for (const std::size_t i : indices) {
    labels.push_back(set.labels[i]);
    groups.push_back(set.groups[i]);
  }
  const auto epoch = [&](int threads, std::uint32_t number, std::uint64_t seed) {
    const data::Loader loader(dataset, indices,
                              {.batch_size = 7,
                               .shuffle = true,
                               .seed = seed,
                               .threads = threads,
                               .transform =
                                   [](auto image, int, Random& random) {
                                     image[0] = static_cast<std::uint8_t>(random.below(256));
                                   },
                               .sampler = BalancedSampler(labels, groups)});
    std::vector<std::pair<std::size_t, float>> drawn;
    auto pass = loader.epoch(number);
    for (const data::Batch& batch : pass)
      for (std::size_t n = 0; n < batch.size(); ++n)
        drawn.emplace_back(batch.indices[n], batch.images[3 * n]);
    return drawn;
  };
  const auto once = epoch(1, 4, 9);
  CHECK(once == epoch(0, 4, 9));
  CHECK(once == epoch(3, 4, 9));
  CHECK(once != epoch(1, 5, 9));
  CHECK(once != epoch(1, 4, 10));

  // Each time a sample is taken anew it is changed anew.
  std::set<float> values;
  int times = 0;
  for (const auto& [i, value] : once) {
    if (set.groups[i] != 3) continue;
    values.insert(value);
    ++times;
  }
  CHECK(times == 15);
  CHECK(values.size() > 10);
}

TEST_CASE("bad samplers are refused") {
  CHECK_THROWS_AS(BalancedSampler(std::vector<int>{0}, std::vector<std::size_t>{}), Error);
  CHECK_THROWS_AS(BalancedSampler({}, {}), Error);
  data::ImageDataset dataset{1, {"a", "b"}, {{"", 0, data::Part::all}}, {0, 0, 0}};
  const auto draw = [&](std::vector<std::size_t> positions) {
    const data::Loader loader(dataset, {0}, {.sampler = [=](Random&) { return positions; }});
    static_cast<void>(loader.epoch(0));
  };
  CHECK_NOTHROW(draw({0}));
  CHECK_THROWS_AS(draw({0, 0}), Error);
  CHECK_THROWS_AS(draw({1}), Error);
}
