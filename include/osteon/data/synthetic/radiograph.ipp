// Definitions of radiograph.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/core/random.hpp>
#include <osteon/data/resize.hpp>
#include <osteon/data/synthetic/fracture.hpp>
#include <osteon/data/synthetic/noise.hpp>
#include <osteon/data/synthetic/radiograph.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace osteon::data {

namespace synthetic {

namespace detail {

OSTEON_INLINE Bone random_bone(float angle, float offset, float radius, Random& random) {
  Bone bone;
  bone.cosine = std::cos(angle);
  bone.sine = std::sin(angle);
  const float along = random.uniform(-0.35F, 0.35F);
  bone.x = bone.cosine * along - bone.sine * offset;
  bone.y = bone.sine * along + bone.cosine * offset;
  bone.half_length = random.uniform(0.85F, 1.5F);
  bone.radius = radius;
  bone.bow = random.uniform(-0.08F, 0.08F);
  bone.flare = random.uniform(0.25F, 0.7F);
  bone.shell = random.uniform(0.25F, 0.45F);
  bone.density = random.uniform(0.8F, 1.2F);
  bone.grain = random.uniform(0, 32);
  return bone;
}

/// Breaks a bone where the field of view shows it.
OSTEON_INLINE void break_bone(Bone& bone, Random& random) {
  const float centre = bone.cosine * bone.x + bone.sine * bone.y;  // picture's middle is u=-centre
  const float reach = 0.62F * bone.half_length;
  const float at = std::clamp(random.uniform(-0.45F, 0.45F) - centre, -reach, reach);
  bone.fracture = random_fracture(at, bone.radius, random);
}

OSTEON_INLINE Scene random_scene(int label, Random& random) {
  Scene scene;
  const float upright = 1.5708F;
  const float angle =
      random.chance(0.9F) ? upright + random.uniform(-0.4F, 0.4F) : random.uniform(0, 3.1416F);
  const float crowd = random.uniform();
  const int count = crowd < 0.45F ? 1 : crowd < 0.85F ? 2 : 3;
  const float width = random.uniform(0.8F, 1.2F) * (count == 1   ? 0.25F
                                                    : count == 2 ? 0.18F
                                                                 : 0.13F);
  const float spacing = width * random.uniform(2.2F, 3.2F);
  const float middle = random.uniform(-0.2F, 0.2F);
  for (int i = 0; i < count; ++i) {
    const float offset =
        middle + spacing * (static_cast<float>(i) - 0.5F * static_cast<float>(count - 1));
    scene.bones.push_back(random_bone(angle + random.uniform(-0.06F, 0.06F), offset,
                                      width * random.uniform(0.8F, 1.15F), random));
  }
  scene.description = concat(count, count == 1 ? " bone" : " bones");

  if (label == fractured) {
    Bone& bone = scene.bones[random.below(static_cast<std::uint32_t>(count))];
    break_bone(bone, random);
    scene.description += concat(", ", to_string(bone.fracture.kind), " fracture, ",
                                bone.fracture.displaced ? "displaced" : "not displaced");
  }
  // What may be taken for a fracture, or hide one.
  const auto any_bone = [&]() -> Bone& {
    return scene.bones[random.below(static_cast<std::uint32_t>(count))];
  };
  if (random.chance(0.25F)) {
    add_growth_plate(any_bone(), random);
    scene.description += ", growth plate";
  }
  if (random.chance(0.25F)) {
    add_vessel_channel(any_bone(), random);
    scene.description += ", vessel channel";
  }
  if (random.chance(0.2F)) {  // another bone crosses
    const float across = angle + (random.chance(0.5F) ? 1 : -1) * random.uniform(0.35F, 0.9F);
    Bone other = random_bone(across, random.uniform(-0.5F, 0.5F), 0.8F * width, random);
    other.density *= 0.7F;
    scene.bones.push_back(other);
    scene.description += ", overlapping bone";
  }

  scene.tissue_cosine = std::cos(angle);
  scene.tissue_sine = std::sin(angle);
  scene.tissue_x = -scene.tissue_sine * middle;
  scene.tissue_y = scene.tissue_cosine * middle;
  scene.tissue_radius =
      width + 0.5F * spacing * static_cast<float>(count - 1) + random.uniform(0.2F, 0.5F);
  scene.tissue_density = random.uniform(0.15F, 0.4F);
  scene.marker = random_marker(random);
  if (scene.marker.present) scene.description += concat(", marker ", scene.marker.letter);
  scene.field = random_collimation(random);
  if (scene.field.half_width < 2) scene.description += ", collimated";
  scene.exposure = random_exposure(random);
  return scene;
}

/// Attenuation of the soft tissue: a cylinder of uneven outline and density around the bones.
OSTEON_INLINE float tissue_shadow(const Scene& scene, float px, float py, const Noise& noise) {
  const float dx = px - scene.tissue_x, dy = py - scene.tissue_y;
  const float along = scene.tissue_cosine * dx + scene.tissue_sine * dy;
  const float across = scene.tissue_cosine * dy - scene.tissue_sine * dx;
  const float radius = scene.tissue_radius * (1 + 0.12F * noise(along * 1.5F, 3.5F));
  const float t = across / radius;
  if (t * t >= 1) return 0;
  return scene.tissue_density * std::sqrt(1 - t * t) * (1 + 0.2F * noise(px * 3, py * 3));
}

OSTEON_INLINE Image render(const Scene& scene, int side, const Noise& noise, Random& random) {
  Image image(side, side, 1);
  const Exposure& exposure = scene.exposure;
  std::uint8_t* pixel = image.pixels.data();
  for (int row = 0; row < side; ++row) {
    const float y = (static_cast<float>(row) + 0.5F) * 2 / static_cast<float>(side) - 1;
    for (int column = 0; column < side; ++column) {
      const float x = (static_cast<float>(column) + 0.5F) * 2 / static_cast<float>(side) - 1;
      const float dust = exposure.noise * grain(random);
      const float open = scene.field.open(x, y);
      float attenuation = exposure.level;
      if (open > 0) {
        attenuation += tissue_shadow(scene, x, y, noise);
        for (const Bone& bone : scene.bones) attenuation += 0.75F * bone.shadow(x, y, noise);
        attenuation *= exposure.gain * (1 + exposure.tilt_x * x + exposure.tilt_y * y) * open;
      }
      if (scene.marker.present && scene.marker.covers(x, y)) attenuation += 2.5F;
      *pixel++ = develop(attenuation, dust * (0.2F + 0.8F * open));
    }
  }
  return image;
}

}  // namespace detail

}  // namespace synthetic

OSTEON_INLINE SyntheticRadiograph synthetic_radiograph(std::uint64_t seed, std::uint64_t index,
                                                       int size, int label) {
  require(size >= 16, "a synthetic radiograph of ", size,
          " pixels is too small; ask for 16 or more");
  require(label == synthetic::fractured || label == synthetic::not_fractured, "label ", label,
          " does not exist; 0 is fractured, 1 is not fractured");
  constexpr std::uint64_t scene_stream = std::uint64_t{0x5C} << 56,
                          film_stream = std::uint64_t{0xF1} << 56;
  Random random(seed, scene_stream | index);
  const synthetic::Scene scene = synthetic::detail::random_scene(label, random);
  const synthetic::Noise noise(random);
  Random film(seed, film_stream | index);
  // Small pictures are drawn at twice their size, or a hairline would slip between the pixels.
  const int side = size <= 128 ? 2 * size : size;
  return {resize(synthetic::detail::render(scene, side, noise, film), size, size),
          scene.description};
}

}  // namespace osteon::data
