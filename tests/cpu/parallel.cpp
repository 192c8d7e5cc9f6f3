#include <osteon/cpu/parallel.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <vector>

using namespace osteon;

namespace {

/// Restores the number of threads.
struct Threads {
  int before = cpu::num_threads();
  Threads() = default;
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { cpu::set_num_threads(before); }
};

}  // namespace

TEST_CASE("set_num_threads: at least one") {
  const Threads restore;
  cpu::set_num_threads(5);
  CHECK(cpu::num_threads() == 5);
  cpu::set_num_threads(0);
  CHECK(cpu::num_threads() == 1);
  cpu::set_num_threads(-3);
  CHECK(cpu::num_threads() == 1);
}

TEST_CASE("parallel_ranges: ranges of the grain cover everything, whatever the threads") {
  const Threads restore;
  for (const int threads : {1, 3}) {
    cpu::set_num_threads(threads);
    for (const Index count : {0, 1, 9, 10, 11, 95}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      std::atomic<bool> aligned = true;
      cpu::parallel_ranges(count, 10, [&](Index begin, Index end) {
        aligned = aligned && begin % 10 == 0 && end - begin <= 10 && begin < end;
        for (Index i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
      });
      CHECK(aligned);
      CHECK(std::vector<int>(seen.begin(), seen.end()) ==
            std::vector<int>(static_cast<std::size_t>(count), 1));
    }
  }
}
