#include <osteon/cpu/scratch.hpp>

#include <doctest/doctest.h>

#include <thread>

using namespace osteon;

TEST_CASE("scratch: grows, stays, and belongs to one thread") {
  float* const small = cpu::scratch<float>(10);
  CHECK(cpu::scratch<float>(5) == small);
  float* const large = cpu::scratch<float>(100'000);
  large[99'999] = 1;
  CHECK(cpu::scratch<float>(10) == large);
  float* other = nullptr;
  std::thread([&] { other = cpu::scratch<float>(10); }).join();
  CHECK(other != large);
  CHECK((cpu::shared_scratch<float>(10) != cpu::shared_scratch<float, 1>(10)));
}

TEST_CASE("zero_row: zeros, however long") {
  for (const Index size : {3, 1000, 7}) {
    const double* const zeros = cpu::zero_row<double>(size);
    bool zero = true;
    for (Index i = 0; i < size; ++i) zero &= zeros[i] == 0;
    CHECK(zero);
  }
}
