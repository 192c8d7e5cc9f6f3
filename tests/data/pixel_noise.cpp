#include <osteon/data/pixel_noise.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace osteon::data;

// scipy.stats.norm.ppf((np.array([0, 1, 100, 1024, 2047, 2048, 3500, 4095]) + 0.5) / 4096)
TEST_CASE("the quantiles are SciPy's") {
  const NormalQuantiles quantiles;
  const double expected[] = {-3.66832929,     -3.37714591,    -1.96796326, -0.674105661,
                             -0.000305984902, 0.000305984902, 1.0564307,   3.66832929};
  const std::uint32_t at[] = {0, 1, 100, 1024, 2047, 2048, 3500, 4095};
  for (std::size_t i = 0; i < 8; ++i)
    CHECK(quantiles[at[i]] == doctest::Approx(expected[i]).epsilon(1e-6));
  CHECK(quantiles[4096] == quantiles[0]);
}

TEST_CASE("pixel noise has the moments of the normal distribution, in both halves of a word") {
  std::vector<float> values(200'001);  // odd: the last word is half used
  osteon::Random random(3);
  fill_pixel_noise(values, random);
  for (const std::size_t first : {0U, 1U}) {
    double sum = 0, squares = 0, fourth = 0, n = 0;
    for (std::size_t i = first; i < values.size(); i += 2, ++n) {
      const double square = std::pow(static_cast<double>(values[i]), 2);
      sum += static_cast<double>(values[i]);
      squares += square;
      fourth += square * square;
    }
    CHECK(std::abs(sum / n) < 0.012);
    CHECK(std::abs(squares / n - 1) < 0.015);
    CHECK(std::abs(fourth / n - 3) < 0.1);
  }
  double product = 0;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    product += static_cast<double>(values[i] * values[i + 1]);
  CHECK(std::abs(product / 100'000) < 0.012);  // the halves know nothing of each other
}
