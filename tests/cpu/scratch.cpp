#include <osteon/cpu/scratch.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace osteon;

TEST_CASE("shared_scratch: grows, stays, and belongs to one thread") {
  float* const small = cpu::shared_scratch<float>(10);
  CHECK(cpu::shared_scratch<float>(5) == small);
  float* const large = cpu::shared_scratch<float>(100'000);
  large[99'999] = 1;
  CHECK(cpu::shared_scratch<float>(10) == large);
  float* other = nullptr;
  std::thread([&] { other = cpu::shared_scratch<float>(10); }).join();
  CHECK(other != large);
  CHECK((cpu::shared_scratch<float>(10) != cpu::shared_scratch<float, 1>(10)));
}

TEST_CASE("ThreadScratch: each thread of a loop writes to a place of its own") {
  const int before = cpu::num_threads();
  for (const int threads : {1, 3, 7}) {
    cpu::set_num_threads(threads);
    constexpr Index size = 1001;
    const cpu::ThreadScratch<int> memory(size);
    std::atomic<int> disturbed = 0;
    cpu::parallel_for(200, [&](Index i) {
      REQUIRE(cpu::thread_index() < threads);
      int* const mine = memory.mine();
      for (Index k = 0; k < size; ++k) mine[k] = static_cast<int>(i * size + k);
      for (Index k = 0; k < size; ++k) disturbed += mine[k] != static_cast<int>(i * size + k);
    });
    CHECK(disturbed == 0);
    CHECK(cpu::ThreadScratch<int>(size).mine() == memory.mine());  // it lives on
  }
  cpu::set_num_threads(before);
}

TEST_CASE("zero_row: zeros, however long") {
  for (const Index size : {3, 1000, 7}) {
    const double* const zeros = cpu::zero_row<double>(size);
    bool zero = true;
    for (Index i = 0; i < size; ++i) zero &= zeros[i] == 0;
    CHECK(zero);
  }
}
