#include <osteon/cpu/thread_pool.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace osteon;

namespace {

/// How often a loop visits each index.
std::vector<int> visits(cpu::ThreadPool& pool, Index count) {
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
  pool.run(count, [&](Index i) { ++seen[static_cast<std::size_t>(i)]; });
  return {seen.begin(), seen.end()};
}

}  // namespace

TEST_CASE("ThreadPool: every index exactly once, again and again") {
  for (const int threads : {1, 2, 3, 7}) {
    cpu::ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (const Index count : {0, 1, 2, 5, 1000}) {
      CHECK(visits(pool, count) == std::vector<int>(static_cast<std::size_t>(count), 1));
    }
    bool once = true;
    for (int round = 0; round < 200; ++round) once &= visits(pool, 9) == std::vector<int>(9, 1);
    CHECK(once);
  }
}

TEST_CASE("ThreadPool: an exception reaches the caller, and the pool goes on") {
  for (const int threads : {1, 4}) {
    cpu::ThreadPool pool(threads);
    for (int round = 0; round < 20; ++round) {
      CHECK_THROWS_WITH_AS(pool.run(100,
                                    [](Index i) {
                                      if (i == 42) throw std::runtime_error("index 42");
                                    }),
                           "index 42", std::runtime_error);
    }
    CHECK_THROWS_AS(pool.run(50, [](Index) { throw std::logic_error("all"); }), std::logic_error);
    CHECK(visits(pool, 100) == std::vector<int>(100, 1));
  }
}

TEST_CASE("ThreadPool: loops inside loops run, each index once") {
  cpu::ThreadPool pool(3);
  std::vector<std::atomic<int>> seen(40 * 30);
  pool.run(40, [&](Index i) {
    pool.run(30, [&](Index j) { ++seen[static_cast<std::size_t>(30 * i + j)]; });
  });
  int wrong = 0;
  for (const auto& count : seen) wrong += count != 1 ? 1 : 0;
  CHECK(wrong == 0);
  // An outer loop of one is no loop: the inner one has the threads.
  pool.run(1, [&](Index) { CHECK(visits(pool, 100) == std::vector<int>(100, 1)); });
}

TEST_CASE("ThreadPool: several threads may call at once") {
  cpu::ThreadPool pool(2);
  std::atomic<int> total = 0;
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) pool.run(20, [&](Index) { ++total; });
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(total == 4 * 50 * 20);
}
