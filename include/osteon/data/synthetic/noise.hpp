// Smooth noise for textures and jagged lines.
#pragma once

#include <osteon/core/random.hpp>

#include <array>
#include <cstddef>

namespace osteon::data::synthetic {

/// 0 below `low`, 1 above `high`, smooth between (3t^2 - 2t^3).
[[nodiscard]] float smoothstep(float low, float high, float x);

/// Value noise: random values in [-1, 1] on an integer lattice that repeats every 32 units,
/// interpolated smoothly.
class Noise {
 public:
  explicit Noise(Random& random) {
    for (float& value : values_) value = random.uniform(-1, 1);
  }

  [[nodiscard]] float operator()(float x, float y) const;

 private:
  static constexpr int period = 32;
  [[nodiscard]] static float ease(float t) { return t * t * (3 - 2 * t); }
  [[nodiscard]] float at(int x, int y) const {
    return values_[static_cast<std::size_t>((y & (period - 1)) * period + (x & (period - 1)))];
  }
  std::array<float, std::size_t{period} * period> values_;
};

}  // namespace osteon::data::synthetic

#if !defined(OSTEON_COMPILED)
#include <osteon/data/synthetic/noise.ipp>
#endif
