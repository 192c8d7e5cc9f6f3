#include <osteon/core/error.hpp>
#include <osteon/core/random.hpp>
#include <osteon/prune/schedule.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace osteon;
using prune::Schedule;

TEST_CASE("the exponential schedule leaves keep^(k / n)") {
  CHECK(prune::kept_share(Schedule::exponential, 0.25, 1, 2) == doctest::Approx(0.5));
  CHECK(prune::kept_share(Schedule::exponential, 0.05, 37, 100) ==
        doctest::Approx(std::pow(0.05, 0.37)));
}

TEST_CASE("the linear schedule removes the same share at every step") {
  for (int k = 1; k <= 10; ++k) {
    CHECK(prune::kept_share(Schedule::linear, 0.1, k, 10) == doctest::Approx(1 - 0.09 * k));
  }
}

TEST_CASE("both schedules fall and end exactly at the target") {
  for (const Schedule schedule : {Schedule::exponential, Schedule::linear}) {
    for (const int n : {1, 3, 100}) {
      double last = 1;
      for (int k = 1; k <= n; ++k) {
        const double share = prune::kept_share(schedule, 0.05, k, n);
        CHECK(share < last);
        last = share;
      }
      CHECK(last == 0.05);
    }
  }
}

TEST_CASE("kept_count is N - floor((1 - keep) N)") {
  CHECK(prune::kept_count(11'167'936, 1 - 0.95) == 558'397);
  CHECK(prune::kept_count(11'167'936, 1e-3) == 11'168);
  CHECK(prune::kept_count(6, 0.5) == 3);
  CHECK(prune::kept_count(7, 0.5) == 4);  // rounds towards keeping
  CHECK(prune::kept_count(100, 1) == 100);
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const Index total = 1 + random.below(20'000'000);
    const double keep = random.uniform();
    const Index kept = prune::kept_count(total, keep);
    CHECK(kept == total - static_cast<Index>((1 - keep) * static_cast<double>(total)));
    const double exact = keep * static_cast<double>(total);
    CHECK(static_cast<double>(kept) >= exact - 1e-6);
    CHECK(static_cast<double>(kept) < exact + 1 + 1e-6);
  }
}

TEST_CASE("check_target names the value") {
  CHECK_NOTHROW(prune::check_target(0, 1));
  CHECK_NOTHROW(prune::check_target(0.999, 1));
  CHECK_THROWS_WITH_AS(prune::check_target(1, 1), doctest::Contains("is 1"), Error);
  CHECK_THROWS_AS(prune::check_target(-1e-9, 1), Error);
  CHECK_THROWS_AS(prune::check_target(NAN, 1), Error);
  CHECK_THROWS_WITH_AS(prune::check_target(0.5, 0), doctest::Contains("not 0"), Error);
}
