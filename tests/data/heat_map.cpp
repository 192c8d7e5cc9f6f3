#include <osteon/core/error.hpp>
#include <osteon/data/heat_map.hpp>

#include "../reference.hpp"
#include "heat_map_reference.hpp"
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <vector>

using namespace osteon;

namespace {

std::vector<double> drawn(std::uint64_t stream, Index size) {
  std::vector<double> map;
  for (Index i = 0; i < size; ++i) map.push_back(test::uniform(8, stream, i));
  return map;
}

}  // namespace

TEST_CASE("viridis: matplotlib's colours") {
  const struct {
    double value;
    int colour[3];
  } table[] = {{0, {68, 1, 84}},      {0.25, {59, 82, 139}}, {0.5, {33, 145, 140}},
               {0.75, {94, 201, 98}}, {1, {253, 231, 37}},   {-1, {68, 1, 84}},
               {7.5, {253, 231, 37}}};
  for (const auto& entry : table)
    for (std::size_t c = 0; c < 3; ++c)
      CHECK_MESSAGE(std::abs(data::viridis(entry.value)[c] - entry.colour[c]) <= 4, entry.value);
  // The lightness (Rec. 709 luma will do) never falls.
  double before = 0;
  for (int i = 0; i <= 100; ++i) {
    const auto [r, g, b] = data::viridis(i / 100.0);
    const double luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    CHECK(luma >= before - 1);
    before = luma;
  }
}

TEST_CASE("interpolate: as PyTorch") {
  const auto check = [](std::uint64_t stream, int h, int w, int to_h, int to_w,
                        const auto& expected) {
    const auto map = drawn(stream, h * w);
    CHECK(test::relative_error(data::interpolate(map, h, w, to_h, to_w), expected) < 1e-11);
  };
  check(0, 3, 2, 7, 9, test::heat_map::enlarged);
  check(1, 6, 5, 2, 3, test::heat_map::reduced);
  check(2, 1, 1, 2, 2, test::heat_map::single);
  check(3, 2, 3, 2, 3, test::heat_map::same);
  CHECK_THROWS_AS(static_cast<void>(data::interpolate(drawn(0, 5), 2, 3, 4, 4)), Error);
  CHECK_THROWS_AS(static_cast<void>(data::interpolate(drawn(0, 6), 2, 3, 0, 4)), Error);
}

TEST_CASE("overlay: the picture beside the picture under the map") {
  data::Image picture(4, 2, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint8_t>(10 * i);
  // One cell a pixel, so that nothing is interpolated: 5 is the largest, 0 is left alone.
  const std::vector<double> map{5, 0, 0, 0, 0, 0, 0, 2.5};
  const data::Image both = data::overlay(picture, map, 2, 4, 0.5);
  REQUIRE((both.width == 8 && both.height == 2 && both.channels == 3));
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 4; ++x)
      for (int c = 0; c < 3; ++c) {
        const int before = picture.row(y)[3 * x + c];
        CHECK(both.row(y)[3 * x + c] == before);
        const double value = map[static_cast<std::size_t>(4 * y + x)] / 5;
        const double colour = data::viridis(value)[static_cast<std::size_t>(c)];
        const double mixed = before + 0.5 * value * (colour - before);
        CHECK(std::abs(both.row(y)[12 + 3 * x + c] - mixed) <= 0.5);
      }
  CHECK(both.row(0)[12] != both.row(0)[0]);

  const data::Image untouched = data::overlay(picture, std::vector<double>(4), 2, 2);
  for (int i = 0; i < 12; ++i) CHECK(untouched.row(1)[12 + i] == picture.row(1)[i]);
  CHECK_THROWS_AS(static_cast<void>(data::overlay(data::Image(2, 2, 1), map, 2, 4)), Error);
}
