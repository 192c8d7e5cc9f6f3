// Batches on their way to the device: what arrives is what the CPU gets.
#include <osteon/train/feed.hpp>

#include "../train/pictures.hpp"
#include "both.hpp"

#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace osteon {
namespace {

using test::Device;
using Feed = train::Feed<test::Reader<Device>>;

/// Labels and images of an epoch.
void add_epoch(test::Record& record, const data::Loader& loader, std::uint32_t epoch,
               std::size_t first = 0) {
  for (const auto& [images, labels] : Feed(loader, epoch, first)) {
    record.add("labels", labels);
    record.add("images", images);
  }
}

// Exactly, as in normalize.cpp.
ON_BOTH("cuda: a feed's batches are the loader's, whatever its threads", 0) {
  const auto dataset = test::pictures(23);
  std::vector<std::size_t> all(23);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (const int threads : {0, 1, 2, 3, 4}) {
    const data::Loader loader(dataset, all,
                              {.batch_size = 5,  // the last batch: 3
                               .shuffle = true,
                               .seed = 7,
                               .threads = threads,
                               .prefetch = 2,
                               .transform = test::redraw});
    for (std::uint32_t epoch = 0; epoch < 2; ++epoch) add_epoch(record, loader, epoch);
    add_epoch(record, loader, 2, 3);
    add_epoch(record, loader, 2, 5);
  }
  add_epoch(record, data::Loader(dataset, {4, 1}, {.batch_size = 64}), 0);
  add_epoch(record, data::Loader(dataset, {4, 1, 4}, {.batch_size = 1}), 0);
  add_epoch(record, data::Loader(dataset, {}), 0);
}

ON_BOTH("cuda: what a transform throws comes in its batch's turn, and the feed goes on", 0) {
  const auto dataset = test::pictures(20);
  std::vector<std::size_t> all(20);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (const int threads : {0, 1, 3}) {
    const data::Loader loader(dataset, all,
                              {.batch_size = 5,
                               .threads = threads,
                               .transform = [&](std::span<std::uint8_t> image, int, Random&) {
                                 if (image[0] == dataset.image(12)[0])
                                   throw std::runtime_error("the twelfth");
                               }});
    Feed feed(loader, 0);
    auto batch = feed.begin();
    record.add("first", (*batch).images);
    ++batch;
    record.add("second", (*batch).images);
    CHECK_THROWS_WITH(++batch, "the twelfth");
    ++batch;
    record.add("fourth", (*batch).images);
    ++batch;
    CHECK(batch == nullptr);
  }
}

ON_BOTH("cuda: a feed can be left at any time", 0) {
  const auto dataset = test::pictures(40);
  std::vector<std::size_t> all(40);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (const int threads : {0, 1, 4}) {
    const data::Loader loader(dataset, all, {.batch_size = 2, .threads = threads});
    for (int taken = 0; taken < 8; ++taken) {
      int left = taken;
      for (const auto& batch : Feed(loader, 0)) {
        if (left-- == 0) break;
        if (left == 0) record.add("the last one seen", batch.images);
      }
      const Feed unused(loader, 1);
    }
  }
}

ON_BOTH("cuda: images of another size are refused", 0) {
  const auto dataset = test::pictures(2, 5);
  const data::Loader loader(dataset, {0});
  CHECK_THROWS_WITH(Feed(loader, 0), "images of 75 values came to a model that reads 48");
  record.add("refused", std::vector<double>{1});
}

}  // namespace
}  // namespace osteon
