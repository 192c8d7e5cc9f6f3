#include <osteon/core/random.hpp>
#include <osteon/train/bootstrap.hpp>
#include <osteon/train/ranking.hpp>

#include "../io/temporary_folder.hpp"
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

using namespace osteon;
using osteon::test::error_of;
using train::bootstrap_interval;

namespace {

std::vector<int> alone(std::size_t n) {
  std::vector<int> groups(n);
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

train::Statistic mean_of(const std::vector<double>& values) {
  return [&values](std::span<const std::size_t> examples) {
    double sum = 0;
    for (const std::size_t i : examples) sum += values[i];
    return sum / static_cast<double>(examples.size());
  };
}

/// 30 groups of 8 values with mean 0, half of whose variance the group has in common.
std::vector<double> clustered(std::uint64_t seed) {
  Random random(seed);
  std::vector<double> values;
  for (int g = 0; g < 30; ++g) {
    const float common = random.normal();
    for (int i = 0; i < 8; ++i) values.push_back(static_cast<double>(common + random.normal()));
  }
  return values;
}

}  // namespace

TEST_CASE("the interval covers the truth as often as it says; one that ignores groups does not") {
  const auto together = [] {
    std::vector<int> groups;
    for (int g = 0; g < 30; ++g) groups.insert(groups.end(), 8, g);
    return groups;
  }();
  const auto separate = alone(240);
  constexpr int trials = 300;
  int covered = 0, covered_if_separate = 0;
  for (std::uint64_t t = 0; t < trials; ++t) {
    const auto values = clustered(t);
    const auto covers = [&](const std::vector<int>& groups) {
      const auto i = bootstrap_interval(groups, mean_of(values), {.replicates = 300, .seed = t});
      return i.lower <= 0 && 0 <= i.upper ? 1 : 0;
    };
    covered += covers(together);
    covered_if_separate += covers(separate);
  }
  // The expected share is a little below 0.95 with 30 groups; 300 trials know it to 0.014.
  CHECK(covered > 0.89 * trials);
  CHECK(covered < 0.98 * trials);
  CHECK(covered_if_separate < 0.75 * trials);  // the width lacks a factor sqrt(4.5)
}

TEST_CASE("the interval of a mean is the normal one where examples are many") {
  Random random(5);
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<double>(random.normal()));
  const auto interval = bootstrap_interval(alone(1000), mean_of(values));
  CHECK(interval.upper - interval.lower ==
        doctest::Approx(2 * 1.96 / std::sqrt(1000)).epsilon(0.1));
  CHECK(interval.lower < interval.estimate);
  CHECK(interval.estimate < interval.upper);
  const auto half = bootstrap_interval(alone(1000), mean_of(values), {.confidence = 0.5});
  CHECK(half.upper - half.lower == doctest::Approx(2 * 0.6745 / std::sqrt(1000)).epsilon(0.1));
}

TEST_CASE("groups are drawn whole, as many as there are") {
  const std::vector groups{7, -3, 7, 7, -3, 20};
  const auto size_is_right = [&](std::span<const std::size_t> examples) {
    std::vector<int> count(6);
    for (const std::size_t i : examples) ++count[i];
    CHECK(count[0] == count[2]);
    CHECK(count[0] == count[3]);
    CHECK(count[1] == count[4]);
    CHECK(count[0] + count[1] + count[5] == 3);
    return static_cast<double>(examples.size());
  };
  const auto interval = bootstrap_interval(groups, size_is_right, {.replicates = 200});
  CHECK(interval.estimate == 6);
  CHECK(interval.lower == 3);  // three times the single one: once in 27
  CHECK(interval.upper == 9);
}

TEST_CASE("an interval is a function of its seed") {
  const auto values = clustered(1);
  const auto at = [&](std::uint64_t seed) {
    return bootstrap_interval(alone(240), mean_of(values), {.replicates = 100, .seed = seed});
  };
  CHECK(at(1).lower == at(1).lower);
  CHECK(at(1).upper == at(1).upper);
  CHECK(at(1).lower != at(2).lower);
}

// numpy.quantile([1, 2, 4, 8], [0, 0.1, 0.5, 0.9, 1])
TEST_CASE("quantiles are numpy's") {
  const std::vector<double> values{1, 2, 4, 8};
  const double expected[] = {1, 1.3, 3, 6.8, 8};
  const double at[] = {0, 0.1, 0.5, 0.9, 1};
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(train::detail::quantile(values, at[i]) == doctest::Approx(expected[i]).epsilon(1e-14));
}

TEST_CASE("replicates without a class are counted and left out") {
  const std::vector labels{1, 0, 0, 0};
  const std::vector scores{0.9, 0.1, 0.95, 0.3};
  const auto interval = bootstrap_interval(labels, scores, alone(4), train::roc_auc);
  CHECK(interval.estimate == 2.0 / 3);
  // The only positive is missed with probability (3/4)^4, or drawn four times with (1/4)^4.
  CHECK(interval.undefined == doctest::Approx(2000 * (81.0 + 1) / 256).epsilon(0.1));
  CHECK(interval.lower >= 0);
  CHECK(interval.upper <= 1);
  const auto never = bootstrap_interval(std::vector{0, 0}, std::vector{0.1, 0.2}, alone(2),
                                        train::roc_auc, {.replicates = 10});
  CHECK(std::isnan(never.estimate));
  CHECK(std::isnan(never.lower));
  CHECK(std::isnan(never.upper));
  CHECK(never.undefined == 10);
}

// By hand: 0.025^(1/4) = 0.397635, 0.025^(1/9) = 0.663733; 0.05^(1/2) = 0.223607.
TEST_CASE("of groups that all fail, or all succeed, the bound is Clopper and Pearson's") {
  const auto none = train::with_exact_limits({0, 0, 0, 3}, 4);
  CHECK(none.estimate == 0);
  CHECK(none.lower == 0);
  CHECK(none.upper == doctest::Approx(0.602365).epsilon(1e-5));
  CHECK(none.undefined == 3);
  const auto all = train::with_exact_limits({1, 1, 1, 0}, 9);
  CHECK(all.lower == doctest::Approx(0.663733).epsilon(1e-5));
  CHECK(all.upper == 1);
  CHECK(train::with_exact_limits({1, 1, 1, 0}, 2, 0.9).lower ==
        doctest::Approx(0.223607).epsilon(1e-5));
  // One group says little, and that is said, although the bootstrap needs two.
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(train::with_exact_limits({1, nan, nan, 0}, 1).lower == doctest::Approx(0.025));
}

TEST_CASE("with a lower bound of p, n groups all succeed as seldom as is said") {
  for (const std::size_t n : {1, 3, 20, 400}) {
    const double p = train::with_exact_limits({1, 1, 1, 0}, n).lower;
    CHECK(std::pow(p, n) == doctest::Approx(0.025));
    CHECK(train::with_exact_limits({0, 0, 0, 0}, n).upper == doctest::Approx(1 - p));
  }
}

TEST_CASE("other intervals keep their bounds, unless they have no width") {
  const auto usual = train::with_exact_limits({0.7, 0.6, 0.8, 0}, 5);
  CHECK(usual.lower == 0.6);
  CHECK(usual.upper == 0.8);
  CHECK(std::isnan(train::with_exact_limits({0.5, 0.5, 0.5, 0}, 5).lower));
  CHECK(std::isnan(train::with_exact_limits({0.5, 0.5, 0.5, 0}, 5).upper));
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(train::with_exact_limits({nan, nan, nan, 0}, 0).upper));
  CHECK_THROWS_AS((void)train::with_exact_limits({1, 1, 1, 0}, 5, 95), Error);
}

TEST_CASE("groups are counted for the class that they have examples of") {
  const std::vector labels{1, 1, 0, 0, 1, 0}, groups{4, 4, 4, -1, 7, -1};
  CHECK(train::groups_of_class(labels, groups, 1) == 2);
  CHECK(train::groups_of_class(labels, groups, 0) == 2);
  CHECK(train::groups_of_class(std::vector{0}, std::vector{3}, 1) == 0);
  CHECK_THROWS_AS((void)train::groups_of_class(labels, alone(3), 1), Error);
}

TEST_CASE("what makes no sense is refused") {
  const std::vector<double> values{1, 2};
  CHECK(error_of([&] {
          (void)bootstrap_interval(std::vector{4, 4}, mean_of(values));
        }) == "the bootstrap over groups needs at least two of them, not 1");
  CHECK_THROWS_AS((void)bootstrap_interval(alone(2), mean_of(values), {.replicates = 0}), Error);
  CHECK_THROWS_AS((void)bootstrap_interval(alone(2), mean_of(values), {.confidence = 95}), Error);
  CHECK(error_of([&] {
          (void)bootstrap_interval(std::vector{0, 1}, values, alone(3), train::roc_auc);
        }) == "2 labels came with 2 scores and 3 groups; every example needs one of each");
}
