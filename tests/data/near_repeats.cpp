#include <osteon/data/near_repeats.hpp>

#include "../io/temporary_folder.hpp"
#include "turned.hpp"
#include <doctest/doctest.h>

#include <set>
#include <utility>
#include <vector>

using namespace osteon::data;
using osteon::test::error_of;
using osteon::test::flipped;
using osteon::test::radiograph;
using osteon::test::turned;

namespace {

using Prints = std::vector<std::optional<Fingerprint>>;
using Pairs = std::set<std::pair<std::size_t, std::size_t>>;

Pairs positions(const std::vector<NearRepeat>& repeats) {
  Pairs pairs;
  for (const NearRepeat& repeat : repeats) pairs.emplace(repeat.first, repeat.second);
  return pairs;
}

}  // namespace

TEST_CASE("turned and mirrored copies are found, and nothing else") {
  Prints prints;
  Pairs expected;
  constexpr std::size_t copies = 5;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const Image image = radiograph(i, static_cast<int>(i % 2));
    const std::size_t first = prints.size();
    prints.push_back(fingerprint(image));
    prints.push_back(fingerprint(turned(image, 12)));
    prints.push_back(fingerprint(turned(turned(image, 12), -35)));
    prints.push_back(fingerprint(flipped(image, 1, false)));
    prints.push_back(fingerprint(turned(flipped(image, 0, true), 5)));
    for (std::size_t a = first; a < first + copies; ++a)
      for (std::size_t b = a + 1; b < first + copies; ++b) expected.emplace(a, b);
  }
  const auto found = near_repeats(prints);
  CHECK(positions(found) == expected);
  for (const NearRepeat& repeat : found) {
    CHECK(repeat.alignment.similarity >= 0.89F);
    CHECK(repeat.agreement >= 0.7F);
  }
  CHECK(positions(near_repeats(prints, {}, 3)) == expected);
}

TEST_CASE("hundreds of different radiographs hardly ever pass for repeats") {
  Prints prints;
  constexpr std::size_t count = 600;
  for (std::uint64_t i = 0; i < count; ++i)
    prints.push_back(fingerprint(radiograph(i, static_cast<int>(i % 2), 64)));
  CHECK(near_repeats(prints).size() <= count * (count - 1) / 2 / 50'000);
}

TEST_CASE("a patch that one of two pictures lacks is seen by the finer comparison") {
  const Image image = radiograph(4, 1);
  Image changed = image;  // the lower middle is wiped out
  for (int row = 60; row < 85; ++row)
    for (int column = 25; column < 70; ++column)
      changed.row(row)[column] = static_cast<std::uint8_t>((row * 37 + column * 91) % 120);
  const auto a = fingerprint(image), b = fingerprint(changed), c = fingerprint(turned(image, 9));
  REQUIRE((a && b && c));
  CHECK(local_agreement(*a, *b, {}) < 0.5F);
  CHECK(local_agreement(*a, *c, a->align(*c)) > 0.8F);
  CHECK(local_agreement(*a, *a, {}) == doctest::Approx(1).epsilon(1e-4));
}

TEST_CASE("pictures without a fingerprint take no part; impossible thresholds are refused") {
  const auto print = fingerprint(radiograph(0, 0));
  CHECK(positions(near_repeats(Prints{std::nullopt, print, std::nullopt, print})) == Pairs{{1, 3}});
  CHECK(near_repeats(Prints{}).empty());
  const auto message = [](const NearRepeatOptions& options) {
    return error_of([&] { (void)near_repeats(Prints{}, options); });
  };
  CHECK(message({.similarity = 0}).find("similarity") != std::string::npos);
  CHECK(message({.similarity = 1.5F}).find("similarity") != std::string::npos);
  CHECK(message({.agreement = 2}).find("agreement") != std::string::npos);
}
