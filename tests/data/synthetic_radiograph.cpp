#include <osteon/core/error.hpp>
#include <osteon/data/resize.hpp>
#include <osteon/data/synthetic/radiograph.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>

using namespace osteon::data;
using synthetic::fractured;
using synthetic::not_fractured;

TEST_CASE("a radiograph is a function of seed, index and label") {
  const auto draw = [](std::uint64_t seed, std::uint64_t index, int label) {
    return synthetic_radiograph(seed, index, 32, label).image.pixels;
  };
  CHECK(draw(1, 5, fractured) == draw(1, 5, fractured));
  CHECK(draw(1, 5, fractured) != draw(1, 5, not_fractured));
  CHECK(draw(1, 5, fractured) != draw(1, 6, fractured));
  CHECK(draw(1, 5, fractured) != draw(2, 5, fractured));
}

TEST_CASE("the description says what was drawn, and everything occurs") {
  std::string all;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto broken = synthetic_radiograph(7, i, 16, fractured);
    const auto whole = synthetic_radiograph(7, i, 16, not_fractured);
    CHECK(broken.description.find("fracture") != std::string::npos);
    CHECK(whole.description.find("fracture") == std::string::npos);
    all += broken.description + '\n' + whole.description + '\n';
  }
  for (const char* part :
       {"1 bone", "2 bones", "3 bones", "transverse", "oblique", "spiral", "comminuted", "hairline",
        ", displaced", "not displaced", "growth plate", "vessel channel", "overlapping bone",
        "marker L", "marker R", "collimated"}) {
    CAPTURE(part);
    CHECK(all.find(part) != std::string::npos);
  }
}

TEST_CASE("at another size it is the same scene") {
  double difference = 0;
  for (std::uint64_t i = 0; i < 10; ++i) {
    const Image small = synthetic_radiograph(3, i, 32, fractured).image;
    const Image large = resize(synthetic_radiograph(3, i, 128, fractured).image, 32, 32);
    for (std::size_t p = 0; p < small.pixels.size(); ++p)
      difference += std::abs(int{small.pixels[p]} - int{large.pixels[p]});
  }
  CHECK(difference / (10 * 32 * 32) < 6);  // grain and edges, of 255
}

TEST_CASE("the pictures use the range of grey and are of the asked size") {
  for (std::uint64_t i = 0; i < 20; ++i) {
    const Image image = synthetic_radiograph(5, i, 48, static_cast<int>(i % 2)).image;
    CHECK(image.width == 48);
    CHECK(image.height == 48);
    CHECK(image.channels == 1);
    const auto [dark, bright] = std::minmax_element(image.pixels.begin(), image.pixels.end());
    CHECK(*dark < 60);
    CHECK(*bright > 90);
  }
}

TEST_CASE("wrong requests are refused") {
  CHECK_THROWS_AS((void)synthetic_radiograph(1, 0, 8, 0), osteon::Error);
  CHECK_THROWS_AS((void)synthetic_radiograph(1, 0, 64, 2), osteon::Error);
}
