// Definitions of film.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/synthetic/film.hpp>
#include <osteon/data/synthetic/noise.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace osteon::data::synthetic {

OSTEON_INLINE bool Marker::covers(float px, float py) const {
  // 5 x 7 dots, one byte a row.
  static constexpr std::array<std::uint8_t, 7> left{16, 16, 16, 16, 16, 16, 31};
  static constexpr std::array<std::uint8_t, 7> right{30, 17, 17, 30, 20, 18, 17};
  const float dot = height / 7;
  const float column = (cosine * (px - x) + sine * (py - y)) / dot + 2.5F;
  const float row = (cosine * (py - y) - sine * (px - x)) / dot + 3.5F;
  if (column < 0 || column >= 5 || row < 0 || row >= 7) return false;
  const auto& rows = letter == 'L' ? left : right;
  return (rows[static_cast<std::size_t>(row)] >> (4 - static_cast<int>(column)) & 1) != 0;
}

OSTEON_INLINE float Collimation::open(float px, float py) const {
  const float across = std::abs(cosine * px + sine * py) - half_width;
  const float along = std::abs(cosine * py - sine * px) - half_height;
  return 1 - smoothstep(-0.02F, 0.02F, std::max(across, along));
}

OSTEON_INLINE Marker random_marker(Random& random) {
  Marker marker;
  marker.present = random.chance(0.6F);
  marker.letter = random.chance(0.5F) ? 'L' : 'R';
  marker.x = random.chance(0.5F) ? random.uniform(0.6F, 0.85F) : random.uniform(-0.85F, -0.6F);
  marker.y = random.chance(0.5F) ? random.uniform(0.5F, 0.85F) : random.uniform(-0.85F, -0.5F);
  marker.height = random.uniform(0.14F, 0.24F);
  const float angle = random.chance(0.3F) ? random.uniform(-1.6F, 1.6F) : 0;
  marker.cosine = std::cos(angle);
  marker.sine = std::sin(angle);
  return marker;
}

OSTEON_INLINE Collimation random_collimation(Random& random) {
  Collimation field;
  if (random.chance(0.45F)) return field;
  const float angle = random.uniform(-0.12F, 0.12F);
  field.cosine = std::cos(angle);
  field.sine = std::sin(angle);
  field.half_width = random.uniform(0.65F, 1.05F);
  field.half_height = random.uniform(0.8F, 1.1F);
  return field;
}

OSTEON_INLINE Exposure random_exposure(Random& random) {
  return {.gain = random.uniform(0.75F, 1.25F),
          .level = random.uniform(0.01F, 0.08F),
          .tilt_x = random.uniform(-0.15F, 0.15F),
          .tilt_y = random.uniform(-0.15F, 0.15F),
          .noise = random.uniform(0.01F, 0.04F)};
}

OSTEON_INLINE float grain(Random& random) {
  const std::uint32_t word = random();
  const auto sum =
      static_cast<float>((word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24));
  return (sum - 510) * (1 / 147.8F);
}

OSTEON_INLINE std::uint8_t develop(float attenuation, float noise) {
  // More attenuation means fewer photons and so relatively more noise.
  const float grey = 1 - std::exp(-std::max(attenuation, 0.0F)) + noise;
  return static_cast<std::uint8_t>(std::clamp(grey, 0.0F, 1.0F) * 255 + 0.5F);
}

}  // namespace osteon::data::synthetic
