#include <osteon/data/synthetic/bone.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace osteon::data::synthetic;

namespace {

/// Upright in the middle of the picture: u is y, v is -x.
Bone upright() {
  Bone bone;
  bone.half_length = 0.9F;
  bone.radius = 0.3F;
  return bone;
}

struct Fixture {
  osteon::Random random{1};
  Noise noise{random};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the shell is brighter than the marrow, and outside there is nothing") {
  const Bone bone = upright();
  const float wall = 0.3F * (1 - 0.35F);
  CHECK(bone.shadow(wall, 0, noise) > 1.5F * bone.shadow(0, 0, noise));
  CHECK(bone.shadow(-wall, 0, noise) > 1.5F * bone.shadow(0, 0, noise));
  CHECK(bone.shadow(0, 0, noise) > 0);
  CHECK(bone.shadow(0.31F, 0, noise) == 0);
  CHECK(bone.shadow(0, 0.95F, noise) == 0);
}

TEST_CASE_FIXTURE(Fixture, "the ends are wider than the shaft") {
  const Bone bone = upright();
  CHECK(bone.shadow(0.4F, 0, noise) == 0);
  CHECK(bone.shadow(0.4F, 0.75F, noise) > 0);
}

TEST_CASE_FIXTURE(Fixture, "a fracture darkens its line") {
  Bone bone = upright();
  const float whole = bone.shadow(0.1F, 0.2F, noise);
  bone.fracture.kind = FractureKind::transverse;
  bone.fracture.line_count = 1;
  bone.fracture.lines[0] = {.at = 0.2F, .gap = 0.06F, .strength = 0.9F};
  CHECK(bone.shadow(0.1F, 0.2F, noise) == doctest::Approx(0.1F * whole));
  CHECK(bone.shadow(0.1F, -0.2F, noise) == doctest::Approx(upright().shadow(0.1F, -0.2F, noise)));
}

TEST_CASE_FIXTURE(Fixture, "a displaced fragment moves as a whole") {
  Bone bone = upright();
  const float moved_from = bone.shadow(0.1F, 0.5F, noise);
  bone.fracture.kind = FractureKind::transverse;
  bone.fracture.line_count = 1;
  bone.fracture.lines[0] = {.at = 0, .gap = 0.02F, .strength = 0.9F};
  bone.fracture.displaced = true;
  bone.fracture.shift_v = -0.2F;  // to greater x
  CHECK(bone.shadow(0.3F, 0.5F, noise) == doctest::Approx(moved_from));
  CHECK(bone.shadow(-0.2F, 0.5F, noise) == 0);
  CHECK(bone.shadow(0.1F, -0.5F, noise) == doctest::Approx(upright().shadow(0.1F, -0.5F, noise)));
}

TEST_CASE_FIXTURE(Fixture, "growth plates and vessel channels are dark") {
  Bone bone = upright();
  bone.has_plate = true;
  bone.plate = {.at = 0.7F, .width = 0.05F, .phase = 0};
  const Bone plain = upright();
  float darkest = 1;
  for (int i = -10; i <= 10; ++i) {
    const float y = 0.7F + 0.01F * static_cast<float>(i);
    darkest = std::min(darkest, bone.shadow(0, y, noise) / plain.shadow(0, y, noise));
  }
  CHECK(darkest < 0.4F);

  Bone fed = upright();
  fed.has_channel = true;
  fed.channel = {.u = 0, .v = -0.1F, .slope = 0.3F, .length = 0.2F, .width = 0.03F};
  CHECK(fed.shadow(0.1F, 0, noise) < 0.7F * plain.shadow(0.1F, 0, noise));
  CHECK(fed.shadow(0.1F, 0.4F, noise) == plain.shadow(0.1F, 0.4F, noise));
}
