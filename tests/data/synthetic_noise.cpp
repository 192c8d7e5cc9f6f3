#include <osteon/data/synthetic/noise.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace osteon::data::synthetic;

TEST_CASE("noise is smooth, repeats every 32 units and stays in [-1, 1]") {
  osteon::Random random(1);
  const Noise noise(random);
  for (int i = 0; i < 500; ++i) {
    const float x = random.uniform(-40, 40), y = random.uniform(-40, 40);
    CHECK(std::abs(noise(x, y)) <= 1);
    CHECK(std::abs(noise(x + 0.001F, y) - noise(x, y)) < 0.01F);
    CHECK(noise(std::floor(x) + 32, 5) == noise(std::floor(x), 5));
  }
}

TEST_CASE("smoothstep goes from 0 to 1") {
  CHECK(smoothstep(1, 3, 0) == 0);
  CHECK(smoothstep(1, 3, 2) == doctest::Approx(0.5));
  CHECK(smoothstep(1, 3, 9) == 1);
}
