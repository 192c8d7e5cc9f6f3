#include <osteon/cpu/dropout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace osteon;

namespace {

std::vector<float> drop(float p, std::uint64_t seed, std::uint64_t stream, std::size_t size) {
  const std::vector<float> ones(size, 1);
  std::vector<float> result(size);
  dropout(Cpu{}, p, seed, stream, static_cast<Index>(size), ones.data(), result.data());
  return result;
}

}  // namespace

TEST_CASE("dropout: drops the fraction p and keeps the mean") {
  for (const float p : {0.1F, 0.5F, 0.9F}) {
    const auto y = drop(p, 1, 2, 100'000);
    const auto dropped = std::count(y.begin(), y.end(), 0.0F);
    CHECK(static_cast<double>(dropped) / 1e5 == doctest::Approx(p).epsilon(0.02));
    const bool scaled = std::all_of(y.begin(), y.end(), [p](float v) {
      return v == 0 || v == doctest::Approx(1 / (1 - static_cast<double>(p))).epsilon(1e-6);
    });
    CHECK(scaled);
  }
  CHECK(drop(0, 1, 2, 10) == std::vector<float>(10, 1));
}

TEST_CASE("dropout: a function of seed and stream, not of threads or size") {
  const int threads = cpu::num_threads();
  const auto y = drop(0.5F, 1, 2, 70'001);
  for (const int n : {1, 2, 3, 7}) {
    cpu::set_num_threads(n);
    CHECK(drop(0.5F, 1, 2, 70'001) == y);
  }
  cpu::set_num_threads(threads);
  const auto start = drop(0.5F, 1, 2, 1001);
  CHECK(std::equal(start.begin(), start.end(), y.begin()));
  CHECK(drop(0.5F, 2, 2, 1001) != start);
  CHECK(drop(0.5F, 1, 3, 1001) != start);
}

TEST_CASE("dropout: in place") {
  std::vector<double> x(10, 3);
  dropout(Cpu{}, 0.5F, 4, 5, 10, x.data(), x.data());
  for (const double v : x) CHECK((v == 0 || v == 6));
}
