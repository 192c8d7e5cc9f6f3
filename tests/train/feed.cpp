#include <osteon/train/feed.hpp>

#include "pictures.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <type_traits>
#include <vector>

using namespace osteon;

namespace {

using Feed = train::Feed<test::Reader<Cpu>>;

}  // namespace

TEST_CASE("on the host a feed is the loader's epoch, not a copy") {
  const auto dataset = test::pictures(8);
  const data::Loader loader(
      dataset, {7, 0, 3, 5, 2},
      {.batch_size = 2, .shuffle = true, .seed = 2, .transform = test::redraw});
  auto epoch = loader.epoch(4, 1);
  data::Batch expected;
  for (const auto& [images, labels] : Feed(loader, 4, 1)) {
    REQUIRE(epoch.next(expected));
    CHECK(std::ranges::equal(images.span(), expected.images));
    CHECK(std::ranges::equal(labels, expected.labels));
  }
  CHECK_FALSE(epoch.next(expected));
}

TEST_CASE("a feed refuses images of another size") {
  const auto dataset = test::pictures(2, 5);
  const data::Loader loader(dataset, {0});
  CHECK_THROWS_WITH_AS(Feed(loader, 0), "images of 75 values came to a model that reads 48", Error);
}
