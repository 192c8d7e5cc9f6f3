// Definitions of bone.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/synthetic/bone.hpp>

#include <cmath>
#include <cstddef>

namespace osteon::data::synthetic {

OSTEON_INLINE float Bone::shadow(float px, float py, const Noise& noise) const {
  const float u = cosine * (px - x) + sine * (py - y);
  const float v = cosine * (py - y) - sine * (px - x) - bow * u * u;
  const float reach = radius * (2.2F + flare);
  if (std::abs(u) > half_length + reach || std::abs(v) > reach) return 0;
  if (fracture.kind == FractureKind::none) return intact_shadow(u, v, noise);

  float total = 0;
  const FractureLine& main = fracture.lines[0];
  if (!fracture.displaced) {
    total = broken_shadow(u, v, noise);
  } else {
    if (u < main.position(v, radius, noise)) total += broken_shadow(u, v, noise);
    // The same point, seen from the displaced fragment.
    const float c = fracture.cosine, s = fracture.sine;
    const float du = u - main.at - fracture.shift_u, dv = v - fracture.shift_v;
    const float fu = main.at + c * du + s * dv, fv = c * dv - s * du;
    if (fu >= main.position(fv, radius, noise)) total += broken_shadow(fu, fv, noise);
  }
  for (std::size_t i = 0; i < fracture.splinter_count; ++i) {
    const auto& splinter = fracture.splinters[i];
    const float c = std::cos(splinter.angle), s = std::sin(splinter.angle);
    const float a = (c * (u - splinter.u) + s * (v - splinter.v)) / splinter.length;
    const float b = (c * (v - splinter.v) - s * (u - splinter.u)) / splinter.width;
    const float inside = 1 - a * a - b * b;
    if (inside > 0) total += 0.8F * density * std::sqrt(inside);
  }
  return total;
}

OSTEON_INLINE float Bone::broken_shadow(float u, float v, const Noise& noise) const {
  float shadow = intact_shadow(u, v, noise);
  if (shadow == 0) return 0;
  for (std::size_t i = 0; i < fracture.line_count; ++i)
    shadow *= fracture.lines[i].remaining(u, v, radius, noise);
  return shadow;
}

OSTEON_INLINE float Bone::intact_shadow(float u, float v, const Noise& noise) const {
  const float end = std::abs(u) / half_length;  // 0 in the middle, 1 at the ends
  if (end >= 1) return 0;
  const float spongy = smoothstep(0.5F, 0.95F, end);
  float outer = radius * (1 + flare * spongy);
  if (end > 0.86F) {  // the rounded joint surface
    const float t = (end - 0.86F) / 0.14F;
    outer *= std::sqrt(1 - t * t);
  }
  if (std::abs(v) >= outer) return 0;
  const float inner = outer * (1 - shell * (1 - 0.75F * spongy));
  const float through = std::sqrt(outer * outer - v * v);
  const float marrow = std::abs(v) < inner ? std::sqrt(inner * inner - v * v) : 0.0F;
  // Trabeculae run mostly along the bone: two octaves of stretched noise.
  const float texture = noise(grain + u * 9, v * 30) + 0.6F * noise(u * 22, grain + v * 55);
  const float trabecular = (0.12F + 0.30F * spongy) * (1 + 0.45F * texture);
  float shadow = density * ((through - marrow) + trabecular * marrow) / (0.7F * radius);
  if (has_plate) shadow *= plate_factor(u, v, noise);
  if (has_channel) shadow *= channel_factor(u, v);
  return shadow;
}

OSTEON_INLINE float Bone::plate_factor(float u, float v, const Noise& noise) const {
  const float middle = plate.at + 0.15F * radius * noise(plate.phase + 2.5F * v / radius, 7.5F);
  const float distance = std::abs(u - middle) / plate.width;
  if (distance > 3) return 1;
  const float gap = 1 - smoothstep(0.4F, 1.1F, distance);
  const float border = smoothstep(0.9F, 1.5F, distance) * (1 - smoothstep(1.6F, 2.6F, distance));
  return 1 - 0.75F * gap + 0.3F * border;
}

OSTEON_INLINE float Bone::channel_factor(float u, float v) const {
  const float along = (u - channel.u) / channel.length;
  if (std::abs(along) > 1) return 1;
  const float distance = std::abs(v - channel.v - channel.slope * (u - channel.u)) / channel.width;
  if (distance > 2.5F) return 1;
  const float fade = 1 - along * along;
  const float groove = 1 - smoothstep(0.3F, 1.0F, distance);
  const float border = smoothstep(0.8F, 1.3F, distance) * (1 - smoothstep(1.4F, 2.4F, distance));
  return 1 + fade * (0.2F * border - 0.5F * groove);
}

OSTEON_INLINE void add_growth_plate(Bone& bone, Random& random) {
  bone.has_plate = true;
  const float end = random.chance(0.5F) ? 1.0F : -1.0F;
  bone.plate = {end * bone.half_length * random.uniform(0.74F, 0.84F),
                random.uniform(0.025F, 0.05F), random.uniform(0, 32)};
}

OSTEON_INLINE void add_vessel_channel(Bone& bone, Random& random) {
  bone.has_channel = true;
  const float side = random.chance(0.5F) ? 1.0F : -1.0F;
  bone.channel = {.u = random.uniform(-0.4F, 0.4F) * bone.half_length,
                  .v = side * random.uniform(0.3F, 0.8F) * bone.radius,
                  .slope = side * random.uniform(0.15F, 0.5F),
                  .length = random.uniform(0.1F, 0.25F),
                  .width = random.uniform(0.02F, 0.035F)};
}

}  // namespace osteon::data::synthetic
