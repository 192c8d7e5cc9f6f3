#include <osteon/data/fingerprint.hpp>
#include <osteon/data/resize.hpp>

#include "../io/temporary_folder.hpp"
#include "turned.hpp"
#include <doctest/doctest.h>

#include <cmath>

using namespace osteon::data;
using osteon::test::error_of;
using osteon::test::flipped;
using osteon::test::radiograph;
using osteon::test::turned;

namespace {

Fingerprint print(const Image& image) {
  const auto made = fingerprint(image);
  REQUIRE(made.has_value());
  return *made;
}

/// Degrees between two directions.
float apart(float a, float b) { return std::abs(std::remainder(a - b, 360.0F)); }

Image to_rgb(const Image& grey) {
  Image rgb(grey.width, grey.height, 3);
  for (std::size_t i = 0; i < rgb.pixels.size(); ++i) rgb.pixels[i] = grey.pixels[i / 3];
  return rgb;
}

}  // namespace

TEST_CASE("a picture is like itself") {
  const Fingerprint original = print(radiograph(0, 0));
  const Alignment alignment = original.align(original);
  CHECK(alignment.similarity == doctest::Approx(1).epsilon(1e-4));
  CHECK(alignment.degrees == 0);
  CHECK_FALSE(alignment.mirrored);
  CHECK(original.distance(original) == 0);
}

TEST_CASE("all eight flips and quarter turns are recognised, and told apart") {
  for (std::uint64_t index = 0; index < 6; ++index) {
    const Image image = radiograph(index, static_cast<int>(index % 2));
    const Fingerprint original = print(image);
    for (int quarters = 0; quarters < 4; ++quarters) {
      for (const bool mirror : {false, true}) {
        const Fingerprint copy = print(flipped(image, quarters, mirror));
        CHECK(original.distance(copy) < 0.005F);
        const Alignment alignment = original.align(copy);
        CHECK(alignment.similarity > 0.995F);
        CHECK(alignment.mirrored == mirror);
        // A mirrored copy is the original with its angles reversed (top and bottom swapped),
        // turned.
        const float turn = static_cast<float>(90 * quarters) + (mirror ? 180.0F : 0.0F);
        CHECK(apart(alignment.degrees, turn) < 1.5F);
      }
    }
  }
}

TEST_CASE("small turns within the frame are recognised and measured") {
  for (std::uint64_t index = 0; index < 6; ++index) {
    const Image image = radiograph(index, static_cast<int>(index % 2));
    for (const float degrees : {-25.0F, -7.0F, 3.0F, 15.0F, 40.0F}) {
      const Alignment alignment = print(image).align(print(turned(image, degrees)));
      CHECK(alignment.similarity > 0.95F);
      CHECK_FALSE(alignment.mirrored);
      CHECK(apart(alignment.degrees, degrees) < 3);
    }
  }
}

TEST_CASE("size, aspect ratio, colour channels and exposure do not matter") {
  const Image image = radiograph(3, 0, 160);
  const Fingerprint original = print(image);
  Image dim = image;
  for (auto& pixel : dim.pixels) pixel = static_cast<std::uint8_t>(20 + pixel / 2);
  for (const Image& copy : {resize(image, 80, 80), resize(image, 90, 160), to_rgb(image), dim}) {
    const Alignment alignment = original.align(print(copy));
    CHECK(alignment.similarity > 0.98F);
    CHECK(alignment.degrees == 0);
  }
}

TEST_CASE("different radiographs are not alike") {
  for (std::uint64_t a = 0; a < 20; ++a)
    for (std::uint64_t b = 0; b < a; ++b)
      CHECK(print(radiograph(a, 0)).align(print(radiograph(b, 1))).similarity < 0.89F);
}

TEST_CASE("the distance stops beyond its limit, and only there") {
  const Fingerprint a = print(radiograph(1, 0)), b = print(radiograph(2, 0));
  const float exact = a.distance(b);
  CHECK(a.distance(b, 0.5F * exact) > 0.5F * exact);
  CHECK(a.distance(b, 2 * exact) == exact);
}

TEST_CASE("a picture without edges has no fingerprint") {
  Image blank(50, 70, 1);
  CHECK_FALSE(fingerprint(blank).has_value());
  std::fill(blank.pixels.begin(), blank.pixels.end(), std::uint8_t{200});
  CHECK_FALSE(fingerprint(blank).has_value());
  CHECK(fingerprint(radiograph(0, 0, 16)).has_value());
}

TEST_CASE("channels that mean nothing are refused") {
  CHECK(error_of([] { (void)fingerprint(Image(8, 8, 2)); }).find("2 channels") !=
        std::string::npos);
}
