// Normal random numbers by the hundred thousand, for noise on 8-bit pixels.
#pragma once

#include <osteon/core/random.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace osteon::data {

/// The standard normal distribution as the 4096 quantiles in the middle of equal shares, for noise
/// that is rounded to 8 bits: a look-up takes a fifth of the time of Box and Muller's formula.
class NormalQuantiles {
 public:
  NormalQuantiles();

  /// The quantile of share (i % 4096 + 1/2) / 4096: about -3.7 to 3.7.
  [[nodiscard]] float operator[](std::uint32_t i) const { return values_[i % size]; }

 private:
  static constexpr std::size_t size = 4096;
  std::array<float, size> values_{};
};

/// Standard normal numbers from `random`, two from each word.
void fill_pixel_noise(std::span<float> values, Random& random);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/pixel_noise.ipp>
#endif
