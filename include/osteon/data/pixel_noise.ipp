// Definitions of pixel_noise.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/pixel_noise.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>

namespace osteon::data {

OSTEON_INLINE NormalQuantiles::NormalQuantiles() {
  double x = 0;
  for (std::size_t i = 0; i < size / 2; ++i) {
    const double share = (static_cast<double>(i) + 0.5) / size;
    // Newton's method from the quantile before: P(value > x) = 1/2 - share.
    for (int step = 0; step < 60; ++step) {
      const double error = 0.5 * std::erfc(x / std::numbers::sqrt2) - (0.5 - share);
      x += error * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
      if (std::abs(error) < 1e-15) break;
    }
    values_[size / 2 + i] = static_cast<float>(x);
    values_[size / 2 - 1 - i] = static_cast<float>(-x);
  }
}

OSTEON_INLINE void fill_pixel_noise(std::span<float> values, Random& random) {
  static const NormalQuantiles quantiles;
  for (std::size_t i = 0; i < values.size(); i += 2) {
    const std::uint32_t word = random();
    values[i] = quantiles[word];
    if (i + 1 < values.size()) values[i + 1] = quantiles[word >> 16];
  }
}

}  // namespace osteon::data
