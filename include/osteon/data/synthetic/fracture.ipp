// Definitions of fracture.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/synthetic/fracture.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace osteon::data::synthetic {

OSTEON_INLINE float FractureLine::position(float v, float radius, const Noise& noise) const {
  float u = at + slope * v;
  if (twist != 0) u += twist * std::asin(std::clamp(v / radius, -0.98F, 0.98F));
  if (jag != 0) u += jag * noise(jag_phase + v * 3.5F / radius, jag_phase);
  return u;
}

OSTEON_INLINE float FractureLine::remaining(float u, float v, float radius,
                                            const Noise& noise) const {
  // Steep lines are measured across their course, not along u.
  const float steep = slope + twist / radius;
  const float reach = 0.5F * gap + 0.02F;
  const float distance = std::abs(u - position(v, radius, noise)) / std::sqrt(1 + steep * steep);
  if (distance > reach || v < from * radius || v > to * radius) return 1;
  return 1 - strength * (1 - smoothstep(0.5F * gap - 0.01F, reach, distance));
}

namespace detail {

OSTEON_INLINE float either_sign(Random& random, float low, float high) {
  const float value = random.uniform(low, high);
  return random.chance(0.5F) ? value : -value;
}

OSTEON_INLINE void displace(Fracture& fracture, float radius, Random& random) {
  fracture.displaced = true;
  fracture.shift_v = either_sign(random, 0.3F, 1.1F) * radius;
  fracture.shift_u = random.uniform(-0.3F, 0.2F) * radius;
  const float angle = either_sign(random, 0.02F, 0.25F);
  fracture.cosine = std::cos(angle);
  fracture.sine = std::sin(angle);
}

}  // namespace detail

OSTEON_INLINE Fracture random_fracture(float at, float radius, Random& random) {
  Fracture f;
  constexpr FractureKind kinds[] = {FractureKind::transverse, FractureKind::oblique,
                                    FractureKind::spiral,     FractureKind::comminuted,
                                    FractureKind::transverse, FractureKind::oblique,
                                    FractureKind::comminuted, FractureKind::hairline};
  f.kind = kinds[random.below(8)];
  FractureLine& main = f.lines[0];
  f.line_count = 1;
  main = {.at = at,
          .gap = random.uniform(0.045F, 0.09F),
          .strength = random.uniform(0.75F, 1.0F),
          .jag = random.uniform(0.1F, 0.4F) * radius,
          .jag_phase = random.uniform(0, 32)};
  const float sign = random.chance(0.5F) ? 1.0F : -1.0F;
  switch (f.kind) {
    case FractureKind::transverse:
      main.slope = random.uniform(-0.2F, 0.2F);
      break;
    case FractureKind::oblique:
      main.slope = sign * random.uniform(0.5F, 1.4F);
      break;
    case FractureKind::spiral:  // the line on the near side and the one on the far side
      main.twist = sign * random.uniform(0.8F, 1.5F) * radius;
      main.strength *= 0.75F;
      f.lines[1] = main;
      f.lines[1].twist = -main.twist;
      f.lines[1].at += random.uniform(-0.3F, 0.3F) * radius;
      f.line_count = 2;
      break;
    case FractureKind::comminuted:  // a wedge on one side, and splinters
      main.slope = sign * random.uniform(0.4F, 1.0F);
      f.lines[1] = main;
      f.lines[1].slope = -main.slope;
      f.lines[1].at += sign * random.uniform(0.2F, 0.6F) * radius;
      (sign > 0 ? f.lines[1].from : f.lines[1].to) = random.uniform(-0.3F, 0.3F);
      f.lines[2] = main;
      f.lines[2].slope = random.uniform(-0.3F, 0.3F);
      f.lines[2].at += random.uniform(-0.9F, 0.9F) * radius;
      f.lines[2].strength *= 0.6F;
      f.line_count = 3;
      f.splinter_count = 1 + random.below(4);
      for (std::size_t i = 0; i < f.splinter_count; ++i)
        f.splinters[i] = {at + random.uniform(-1.2F, 1.2F) * radius,
                          detail::either_sign(random, 0.7F, 1.5F) * radius,
                          random.uniform(0.25F, 0.6F) * radius,
                          random.uniform(0.1F, 0.25F) * radius, random.uniform(0, 3.14F)};
      break;
    case FractureKind::hairline:  // thin, faint, and often not all the way across
      main.slope = random.uniform(-0.8F, 0.8F);
      main.gap = random.uniform(0.025F, 0.045F);
      main.strength = random.uniform(0.6F, 0.85F);
      if (random.chance(0.5F))
        (sign > 0 ? main.from : main.to) = sign * random.uniform(-0.4F, 0.2F);
      return f;
    case FractureKind::none:
      break;
  }
  if (random.chance(0.65F)) detail::displace(f, radius, random);
  return f;
}

}  // namespace osteon::data::synthetic
