#include <osteon/data/loader.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <stdexcept>
#include <vector>

using namespace osteon::data;

namespace {

/// `n` images of 4 x 4 whose every byte is the image's position.
ImageDataset dataset(std::size_t n) {
  ImageDataset set{4, {"even", "odd"}, {}, {}};
  for (std::size_t i = 0; i < n; ++i) {
    set.samples.push_back({std::to_string(i), static_cast<int>(i % 2), Part::all});
    set.pixels.insert(set.pixels.end(), 4 * 4 * 3, static_cast<std::uint8_t>(i));
  }
  return set;
}

std::vector<std::size_t> everything(std::size_t n) {
  std::vector<std::size_t> indices(n);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

std::vector<Batch> collect(const Loader& loader, std::uint32_t epoch) {
  std::vector<Batch> batches;
  auto pass = loader.epoch(epoch);
  for (const Batch& batch : pass) batches.push_back(batch);
  return batches;
}

bool same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  return std::ranges::equal(a, b, [](const Batch& x, const Batch& y) {
    return x.images == y.images && x.labels == y.labels && x.indices == y.indices;
  });
}

}  // namespace

TEST_CASE("every sample once, the last batch smaller, images normalised") {
  const ImageDataset set = dataset(10);
  const Loader loader(set, everything(10), {.batch_size = 4});
  CHECK(loader.batches() == 3);
  CHECK(loader.samples() == 10);
  const auto batches = collect(loader, 0);
  REQUIRE(batches.size() == 3);
  CHECK(batches[2].size() == 2);
  CHECK(batches[2].labels == std::vector<int>{0, 1});
  CHECK(batches[2].indices == std::vector<std::size_t>{8, 9});
  REQUIRE(batches[2].images.size() == 2 * 48);
  const Normalization& n = imagenet_normalization;
  CHECK(batches[2].images[48 + 3] ==
        doctest::Approx((9 / 255.0F - n.mean[0]) / n.std[0]).epsilon(1e-6));
}

TEST_CASE("shuffled order is a function of seed and epoch, not of threads") {
  const ImageDataset set = dataset(53);
  const auto order = [&](std::uint64_t seed, std::uint32_t epoch, int threads) {
    return collect(
        Loader(set, everything(53),
               {.batch_size = 7, .shuffle = true, .seed = seed, .threads = threads, .prefetch = 2}),
        epoch);
  };
  const auto once = order(1, 3, 0);
  for (const int threads : {1, 2, 5}) CHECK(same(once, order(1, 3, threads)));
  CHECK_FALSE(same(once, order(1, 4, 1)));
  CHECK_FALSE(same(once, order(2, 3, 1)));
  std::vector<std::size_t> seen;
  for (const Batch& batch : once)
    seen.insert(seen.end(), batch.indices.begin(), batch.indices.end());
  std::sort(seen.begin(), seen.end());
  CHECK(seen == everything(53));
}

TEST_CASE("a transform gets a random stream of its own for each sample and epoch") {
  const ImageDataset set = dataset(20);
  const auto run = [&](int threads, std::uint32_t epoch) {
    return collect(Loader(set, everything(20),
                          {.batch_size = 3,
                           .seed = 9,
                           .threads = threads,
                           .transform =
                               [](std::span<std::uint8_t> image, int size, osteon::Random& random) {
                                 CHECK(size == 4);
                                 for (auto& v : image)
                                   v = static_cast<std::uint8_t>(random.below(256));
                               }}),
                   epoch);
  };
  const auto once = run(0, 0);
  CHECK(same(once, run(4, 0)));
  CHECK_FALSE(same(once, run(4, 1)));
  CHECK(set.image(0)[0] == 0);  // the data set itself is never changed
}

TEST_CASE("batches of bytes hold the pixels that batches of floats were made of") {
  const ImageDataset set = dataset(20);
  for (const int threads : {0, 2}) {
    const Loader loader(
        set, everything(20),
        {.batch_size = 6,
         .shuffle = true,
         .seed = 4,
         .threads = threads,
         .transform = [](std::span<std::uint8_t> image, int, osteon::Random& random) {
           image[5] = static_cast<std::uint8_t>(random.below(256));
         }});
    const auto expected = collect(loader, 1);
    auto epoch = loader.epoch<std::vector<std::uint8_t>>(1);
    std::size_t seen = 0;
    for (const auto& batch : epoch) {
      const Batch& other = expected.at(seen++);
      CHECK(batch.labels == other.labels);
      CHECK(batch.indices == other.indices);
      std::vector<float> normalized(batch.images.size());
      Normalizer{}(batch.images, normalized);
      CHECK(normalized == other.images);
    }
    CHECK(seen == expected.size());
  }
  CHECK(set.image(7)[5] == 7);  // the data set itself is never changed
}

TEST_CASE("what a transform throws reaches the consumer, in its turn") {
  const ImageDataset set = dataset(20);
  for (const int threads : {0, 1, 3}) {
    const Loader loader(set, everything(20),
                        {.batch_size = 5,
                         .threads = threads,
                         .transform = [](std::span<std::uint8_t> image, int, osteon::Random&) {
                           if (image[0] == 12) throw std::runtime_error("twelve");
                         }});
    auto epoch = loader.epoch(0);
    Batch batch;
    CHECK(epoch.next(batch));
    CHECK(epoch.next(batch));
    CHECK_THROWS_WITH(epoch.next(batch), "twelve");
  }
}

TEST_CASE("an epoch that starts at a later batch gives the rest of the whole one") {
  const ImageDataset set = dataset(23);
  for (const int threads : {0, 1, 3}) {
    const Loader loader(
        set, everything(23),
        {.batch_size = 4,
         .shuffle = true,
         .seed = 5,
         .threads = threads,
         .prefetch = 2,
         .transform = [](std::span<std::uint8_t> image, int, osteon::Random& random) {
           image[0] = static_cast<std::uint8_t>(random.between(0, 255));
         }});
    auto expected = collect(loader, 2);
    for (std::size_t first = 0; first <= 6; ++first) {
      auto rest = loader.epoch(2, first);
      std::vector<Batch> batches;
      for (const Batch& batch : rest) batches.push_back(batch);
      CHECK(same(batches, {expected.begin() + static_cast<std::ptrdiff_t>(first), expected.end()}));
    }
    CHECK_THROWS_AS((void)loader.epoch(2, 7), osteon::Error);
  }
}

TEST_CASE("an epoch can be left at any time") {
  const ImageDataset set = dataset(40);
  const Loader loader(set, everything(40), {.batch_size = 2, .threads = 3});
  for (int taken = 0; taken < 8; ++taken) {
    auto epoch = loader.epoch(0);
    Batch batch;
    for (int i = 0; i < taken; ++i) REQUIRE(epoch.next(batch));
  }
  CHECK(collect(Loader(set, {}, {}), 0).empty());
}

TEST_CASE("wrong requests are refused") {
  const ImageDataset set = dataset(3);
  CHECK_THROWS_AS(Loader(set, {0}, {.batch_size = 0}), osteon::Error);
  CHECK_THROWS_AS(Loader(set, {3}), osteon::Error);
}
