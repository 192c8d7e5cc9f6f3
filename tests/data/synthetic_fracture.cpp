#include <osteon/data/synthetic/fracture.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace osteon::data::synthetic;

TEST_CASE("a fracture line darkens the bone along its course and nowhere else") {
  osteon::Random random(1);
  const Noise noise(random);
  const FractureLine line{.at = 0.1F, .slope = 1, .gap = 0.06F, .strength = 0.9F};
  for (const float v : {-0.2F, 0.0F, 0.2F}) {
    CHECK(line.position(v, 0.25F, noise) == doctest::Approx(0.1F + v));
    CHECK(line.remaining(0.1F + v, v, 0.25F, noise) == doctest::Approx(0.1F));
    CHECK(line.remaining(0.3F + v, v, 0.25F, noise) == 1);
  }
}

TEST_CASE("a line may cross only a part of the bone") {
  osteon::Random random(1);
  const Noise noise(random);
  const FractureLine line{.gap = 0.06F, .strength = 1, .from = 0};
  CHECK(line.remaining(0, 0.1F, 0.25F, noise) == 0);
  CHECK(line.remaining(0, -0.1F, 0.25F, noise) == 1);
}

TEST_CASE("every kind occurs, displaced or not, and every fracture has a line where it should") {
  std::set<std::pair<FractureKind, bool>> seen;
  for (std::uint64_t i = 0; i < 400; ++i) {
    osteon::Random random(3, i);
    const Fracture fracture = random_fracture(0.2F, 0.25F, random);
    seen.emplace(fracture.kind, fracture.displaced);
    REQUIRE(fracture.line_count >= 1);
    CHECK(fracture.lines[0].at == 0.2F);
    CHECK(fracture.lines[0].gap > 0);
    CHECK((fracture.splinter_count > 0) == (fracture.kind == FractureKind::comminuted));
  }
  // Five kinds, and all but the hairline also displaced.
  CHECK(seen.size() == 9);
  CHECK(seen.count({FractureKind::hairline, true}) == 0);
  CHECK(seen.count({FractureKind::none, false}) == 0);
  CHECK(to_string(FractureKind::comminuted) == "comminuted");
}
