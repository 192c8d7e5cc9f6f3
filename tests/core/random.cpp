#include <osteon/core/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

using osteon::Philox;
using osteon::Random;

// The known answers published with Random123 (file kat_vectors: philox4x32 10).
TEST_CASE("Philox4x32-10 gives the published answers") {
  CHECK(Philox{}(0) == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint64_t ones = ~std::uint64_t{0};
  CHECK(Philox{ones, ones}(ones) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(Philox{0x299f31d0a4093822, 0x0370734413198a2e}(0x85a308d3243f6a88) ==
        std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Random is a function of seed and stream") {
  Random a(1, 2), b(1, 2), c(1, 3);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto x = a();
    CHECK(x == b());
    differs |= x != c();
  }
  CHECK(differs);
}

TEST_CASE("normal has mean 0 and variance 1") {
  Random random(7);
  double sum = 0, squares = 0;
  const int n = 100'000;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
  }
  CHECK(std::abs(sum / n) < 0.02);
  CHECK(std::abs(squares / n - 1) < 0.03);
}

TEST_CASE("below and between stay in their range and reach every value") {
  Random random(3);
  std::vector<int> seen(6);
  for (int i = 0; i < 1000; ++i) ++seen.at(static_cast<std::size_t>(random.between(-2, 3) + 2));
  for (int count : seen) CHECK(count > 100);
}

TEST_CASE("shuffle is a permutation") {
  std::vector<int> values(100);
  std::iota(values.begin(), values.end(), 0);
  auto shuffled = values;
  Random(5).shuffle(std::span(shuffled));
  CHECK(shuffled != values);
  std::sort(shuffled.begin(), shuffled.end());
  CHECK(shuffled == values);
}
