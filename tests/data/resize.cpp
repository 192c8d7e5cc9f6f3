#include <osteon/core/error.hpp>
#include <osteon/data/resize.hpp>

#include "resize_reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace osteon::data;

namespace {

// As in resize_reference.py.
std::uint8_t value(int x, int y, int c) {
  if ((x / 3 + y / 2 + c) % 5 == 0) return (x / 3) % 2 != 0 ? 255 : 0;
  const std::int64_t hash =
      (std::int64_t{x} * 73856093) ^ (std::int64_t{y} * 19349663) ^ (std::int64_t{c} * 83492791);
  return static_cast<std::uint8_t>(hash % 251);
}

Image picture(int width, int height, int channels) {
  Image image(width, height, channels);
  auto* pixel = image.pixels.data();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) *pixel++ = value(x, y, c);
  return image;
}

}  // namespace

TEST_CASE("resize equals Pillow's antialiased bilinear") {
  for (const auto& c : osteon::test::resize_cases) {
    CAPTURE(c.width);
    CAPTURE(c.new_width);
    const Image out = resize(picture(c.width, c.height, c.channels), c.new_width, c.new_height);
    REQUIRE(out.pixels.size() == c.expected.size());
    int worst = 0;
    for (std::size_t i = 0; i < c.expected.size(); ++i)
      worst = std::max(worst, std::abs(int{out.pixels[i]} - int{c.expected[i]}));
    CHECK(worst == 0);
  }
}

TEST_CASE("resize to the same size changes nothing") {
  const Image image = picture(9, 4, 4);
  CHECK(resize(image, 9, 4).pixels == image.pixels);
}

TEST_CASE("a constant picture stays constant") {
  Image image(97, 31, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{255});
  const Image out = resize(image, 13, 64);
  CHECK(std::all_of(out.pixels.begin(), out.pixels.end(), [](auto v) { return v == 255; }));
}

TEST_CASE("resize refuses what it cannot do") {
  CHECK_THROWS_AS((void)resize(Image(), 4, 4), osteon::Error);
  CHECK_THROWS_AS((void)resize(picture(4, 4, 3), 0, 4), osteon::Error);
  CHECK_THROWS_AS((void)resize(picture(4, 4, 2), 2, 4), osteon::Error);
}
