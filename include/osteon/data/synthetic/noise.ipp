// Definitions of noise.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/synthetic/noise.hpp>

#include <cmath>

namespace osteon::data::synthetic {

OSTEON_INLINE float smoothstep(float low, float high, float x) {
  float t = (x - low) / (high - low);
  t = t < 0 ? 0 : t > 1 ? 1 : t;
  return t * t * (3 - 2 * t);
}

OSTEON_INLINE float Noise::operator()(float x, float y) const {
  const float fx = std::floor(x), fy = std::floor(y);
  const int ix = static_cast<int>(fx), iy = static_cast<int>(fy);
  const float tx = ease(x - fx), ty = ease(y - fy);
  const float top = at(ix, iy) + tx * (at(ix + 1, iy) - at(ix, iy));
  const float bottom = at(ix, iy + 1) + tx * (at(ix + 1, iy + 1) - at(ix, iy + 1));
  return top + ty * (bottom - top);
}

}  // namespace osteon::data::synthetic
