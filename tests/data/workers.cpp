#include <osteon/data/workers.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using osteon::data::parallel_for_each;

TEST_CASE("every item is done once, for any number of threads") {
  for (const int threads : {-1, 1, 2, 5, 50}) {
    std::vector<int> done(37);
    parallel_for_each(done.size(), threads, [&](std::size_t i) { ++done[i]; });
    CHECK(done == std::vector<int>(37, 1));
  }
  parallel_for_each(0, 4, [](std::size_t) { FAIL("there is nothing to do"); });
}

TEST_CASE("an exception of an item reaches the caller") {
  for (const int threads : {1, 4})
    CHECK_THROWS_AS(parallel_for_each(100, threads,
                                      [](std::size_t i) {
                                        if (i == 50) throw std::runtime_error("fifty");
                                      }),
                    std::runtime_error);
}
