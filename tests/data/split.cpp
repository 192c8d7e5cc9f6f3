#include <osteon/core/error.hpp>
#include <osteon/core/random.hpp>
#include <osteon/data/split.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace osteon::data;

namespace {

std::vector<int> labels(std::size_t zeros, std::size_t ones) {
  std::vector<int> all(zeros + ones, 1);
  std::fill_n(all.begin(), zeros, 0);
  osteon::Random(1).shuffle(std::span(all));
  return all;
}

std::size_t count(const std::vector<int>& all, const std::vector<std::size_t>& which, int label) {
  return static_cast<std::size_t>(
      std::count_if(which.begin(), which.end(), [&](auto i) { return all[i] == label; }));
}

}  // namespace

TEST_CASE("each class is split by itself, to the sample") {
  const auto all = labels(4606, 4640);
  const Split split = stratified_split(all, 0.2, 42);
  CHECK(count(all, split.val, 0) == 921);  // 921.2
  CHECK(count(all, split.val, 1) == 928);
  CHECK(count(all, split.train, 0) == 3685);
  CHECK(count(all, split.train, 1) == 3712);
}

TEST_CASE("both sides together are everything, once") {
  const auto all = labels(31, 12);
  const Split split = stratified_split(all, 0.3, 7);
  CHECK(std::is_sorted(split.train.begin(), split.train.end()));
  CHECK(std::is_sorted(split.val.begin(), split.val.end()));
  std::vector<std::size_t> both;
  std::merge(split.train.begin(), split.train.end(), split.val.begin(), split.val.end(),
             std::back_inserter(both));
  REQUIRE(both.size() == all.size());
  for (std::size_t i = 0; i < both.size(); ++i) CHECK(both[i] == i);
}

TEST_CASE("a split is a function of its seed") {
  const auto all = labels(50, 50);
  CHECK(stratified_split(all, 0.2, 1).val == stratified_split(all, 0.2, 1).val);
  CHECK(stratified_split(all, 0.2, 1).val != stratified_split(all, 0.2, 2).val);
}

TEST_CASE("no class is left out of either side") {
  const auto all = labels(2, 100);
  const Split split = stratified_split(all, 0.05, 3);
  CHECK(count(all, split.val, 0) == 1);
  CHECK(count(all, split.train, 0) == 1);
}

TEST_CASE("splits that cannot be are refused") {
  const auto all = labels(5, 5);
  CHECK_THROWS_AS((void)stratified_split(all, 0, 1), osteon::Error);
  CHECK_THROWS_AS((void)stratified_split(all, 1, 1), osteon::Error);
  CHECK_THROWS_AS((void)stratified_split(labels(1, 5), 0.2, 1), osteon::Error);
}

TEST_CASE("a subset keeps the shares of the classes") {
  const auto all = labels(300, 100);
  const auto chosen = stratified_subset(all, 10, 5);
  CHECK(chosen.size() == 10);
  CHECK(count(all, chosen, 0) == 8);  // 7.5 and 2.5: the lower label first
  CHECK(count(all, chosen, 1) == 2);
  CHECK(std::is_sorted(chosen.begin(), chosen.end()));
  CHECK(stratified_subset(all, 1000, 5).size() == 400);
  CHECK(stratified_subset(all, 0, 5).empty());
  CHECK(stratified_subset({}, 3, 5).empty());
}
