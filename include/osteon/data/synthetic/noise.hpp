// Smooth noise for textures and jagged lines.
#pragma once

#include <osteon/core/random.hpp>

#include <array>
#include <cmath>
#include <cstddef>

namespace osteon::data::synthetic {

/// 0 below `low`, 1 above `high`, smooth between (3t^2 - 2t^3).
[[nodiscard]] inline float smoothstep(float low, float high, float x) {
  float t = (x - low) / (high - low);
  t = t < 0 ? 0 : t > 1 ? 1 : t;
  return t * t * (3 - 2 * t);
}

/// Value noise: random values in [-1, 1] on an integer lattice that repeats every 32 units,
/// interpolated smoothly.
class Noise {
 public:
  explicit Noise(Random& random) {
    for (float& value : values_) value = random.uniform(-1, 1);
  }

  [[nodiscard]] float operator()(float x, float y) const {
    const float fx = std::floor(x), fy = std::floor(y);
    const int ix = static_cast<int>(fx), iy = static_cast<int>(fy);
    const float tx = ease(x - fx), ty = ease(y - fy);
    const float top = at(ix, iy) + tx * (at(ix + 1, iy) - at(ix, iy));
    const float bottom = at(ix, iy + 1) + tx * (at(ix + 1, iy + 1) - at(ix, iy + 1));
    return top + ty * (bottom - top);
  }

 private:
  static constexpr int period = 32;
  [[nodiscard]] static float ease(float t) { return t * t * (3 - 2 * t); }
  [[nodiscard]] float at(int x, int y) const {
    return values_[static_cast<std::size_t>((y & (period - 1)) * period + (x & (period - 1)))];
  }
  std::array<float, std::size_t{period} * period> values_;
};

}  // namespace osteon::data::synthetic
