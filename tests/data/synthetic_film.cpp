#include <osteon/data/synthetic/film.hpp>

#include <doctest/doctest.h>

using namespace osteon::data::synthetic;

TEST_CASE("the collimated field is open inside and shut outside") {
  Collimation field;
  field.half_width = 0.7F;
  field.half_height = 0.9F;
  CHECK(field.open(0, 0) == 1);
  CHECK(field.open(0.65F, 0.85F) == 1);
  CHECK(field.open(0.75F, 0) == 0);
  CHECK(field.open(0, -0.95F) == 0);
}

TEST_CASE("the marker is an L or an R") {
  const Marker l{.present = true, .letter = 'L', .height = 0.7F};
  const Marker r{.present = true, .letter = 'R', .height = 0.7F};
  CHECK(l.covers(-0.2F, 0));
  CHECK(l.covers(0.2F, 0.3F));
  CHECK_FALSE(l.covers(0.1F, -0.3F));
  CHECK(r.covers(0.1F, -0.3F));
  CHECK_FALSE(r.covers(0.4F, 0));
}

TEST_CASE("denser is brighter, up to white") {
  CHECK(develop(0, 0) == 0);
  CHECK(develop(0.5F, 0) < develop(1, 0));
  CHECK(develop(20, 0) == 255);
  CHECK(develop(-1, 0) == 0);
  CHECK(develop(1, 5) == 255);
}

TEST_CASE("grain has mean 0 and variance 1") {
  osteon::Random random(1);
  double sum = 0, squares = 0;
  for (int i = 0; i < 20'000; ++i) {
    const double g = grain(random);
    sum += g;
    squares += g * g;
  }
  CHECK(sum / 20'000 == doctest::Approx(0).epsilon(0.03));
  CHECK(squares / 20'000 == doctest::Approx(1).epsilon(0.03));
}
