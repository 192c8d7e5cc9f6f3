// Shared by the tests of the metrics of two classes.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace osteon::test {

/// Equal to the last few bits; NaN equals NaN, infinity equals infinity.
[[nodiscard]] inline bool same(double given, double expected) {
  if (std::isnan(expected) || std::isnan(given)) return std::isnan(expected) && std::isnan(given);
  return given == expected || std::abs(given - expected) <= 1e-13;
}

/// Where the first difference is; the size of `expected` if there is none.
[[nodiscard]] inline std::size_t first_difference(const std::vector<double>& given,
                                                  const std::vector<double>& expected) {
  REQUIRE(given.size() == expected.size());
  std::size_t i = 0;
  while (i < expected.size() && same(given[i], expected[i])) ++i;
  return i;
}

}  // namespace osteon::test
