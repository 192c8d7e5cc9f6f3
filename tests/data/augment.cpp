#include <osteon/data/augment.hpp>
#include <osteon/data/loader.hpp>

#include "../io/temporary_folder.hpp"
#include "augment_reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

using namespace osteon::data;
using osteon::Philox;
using osteon::Random;
using osteon::test::error_of;

namespace {

/// The bytes that augment_reference.py draws.
Image picture(int width, int height) {
  Image image(width, height, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(Philox{31, 0}(i / 4)[i % 4] >> 24);
  return image;
}

Image augmented(const Image& image, const Augmentation& augmentation) {
  Random random(1);
  return augment(image, augmentation, random);
}

/// A soft spot of brightness on black, around (x, y).
Image spot(int size, double x, double y) {
  Image image(size, size, 3);
  for (int row = 0; row < size; ++row)
    for (int column = 0; column < size; ++column)
      for (int k = 0; k < 3; ++k)
        image.row(row)[column * 3 + k] = static_cast<std::uint8_t>(std::lround(
            250 * std::exp(-((row - y) * (row - y) + (column - x) * (column - x)) / 20)));
  return image;
}

struct Moments {
  double mass = 0, x = 0, y = 0;
};
Moments moments(const Image& image) {
  Moments sum;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const double v = image.row(y)[x * 3];
      sum.mass += v;
      sum.x += v * x;
      sum.y += v * y;
    }
  return {sum.mass, sum.x / sum.mass, sum.y / sum.mass};
}

double mean(const Image& image) {
  return static_cast<double>(std::accumulate(image.pixels.begin(), image.pixels.end(), 0)) /
         static_cast<double>(image.pixels.size());
}

const AugmentOptions everything{.horizontal_flip = 0.5F,
                                .degrees = 15,
                                .translate = 0.1F,
                                .scale = 0.1F,
                                .brightness = 0.2F,
                                .contrast = 0.2F,
                                .noise = 0.05F};

}  // namespace

TEST_CASE("without options the image is the same") {
  const Image image = picture(9, 7);
  CHECK(Augment({})(image, Random(1)).pixels == image.pixels);
  // A full turn goes through the arithmetic, unlike no turn at all.
  CHECK(augmented(image, {.degrees = 360}).pixels == image.pixels);
}

TEST_CASE("the affine map is SciPy's") {
  for (const auto& c : osteon::test::augment_cases) {
    const Image out = augmented(picture(osteon::test::augment_width, osteon::test::augment_height),
                                c.augmentation);
    REQUIRE(out.pixels.size() == c.expected.size());
    double worst = 0;
    for (std::size_t i = 0; i < out.pixels.size(); ++i)
      worst = std::max(worst, std::abs(out.pixels[i] - c.expected[i]));
    CAPTURE(c.augmentation.degrees);
    CHECK(worst < 0.501);  // what rounding to 8 bits costs
  }
}

TEST_CASE("a quarter turn and a flip move every pixel exactly") {
  const Image image = picture(8, 8);
  const Image turned = augmented(image, {.degrees = 90});  // numpy.rot90
  const Image flipped = augmented(image, {.flip = true});  // numpy.fliplr
  bool turn_is_exact = true, flip_is_exact = true;
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x)
      for (int k = 0; k < 3; ++k) {
        turn_is_exact &= turned.row(y)[x * 3 + k] == image.row(x)[(7 - y) * 3 + k];
        flip_is_exact &= flipped.row(y)[x * 3 + k] == image.row(y)[(7 - x) * 3 + k];
      }
  CHECK(turn_is_exact);
  CHECK(flip_is_exact);
}

TEST_CASE("a spot goes where shift, scale and rotation send it") {
  const Image image = spot(64, 40, 24);
  const Moments before = moments(image);
  const Moments shifted = moments(augmented(image, {.shift_x = 0.1F, .shift_y = -0.05F}));
  CHECK(shifted.x == doctest::Approx(before.x + 6.4).epsilon(1e-3));
  CHECK(shifted.y == doctest::Approx(before.y - 3.2).epsilon(1e-3));
  const Moments larger = moments(augmented(image, {.scale = 1.5F}));
  CHECK(larger.x == doctest::Approx(31.5 + 1.5 * (before.x - 31.5)).epsilon(1e-3));
  CHECK(larger.y == doctest::Approx(31.5 + 1.5 * (before.y - 31.5)).epsilon(1e-3));
  CHECK(larger.mass == doctest::Approx(2.25 * before.mass).epsilon(1e-2));
  const Moments turned =
      moments(augmented(image, {.degrees = 45}));  // from the upper right to the top
  CHECK(std::abs(turned.x - (31.5 + (before.x - 31.5 + before.y - 31.5) * std::sqrt(0.5))) < 0.05);
  CHECK(std::abs(turned.y - (31.5 + (before.y - 31.5 - before.x + 31.5) * std::sqrt(0.5))) < 0.05);
}

TEST_CASE("beyond the border its pixel is repeated") {
  const Image image = picture(8, 4);
  const Image out = augmented(image, {.shift_x = 0.5F});
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 8; ++x) CHECK(out.row(y)[x * 3] == image.row(y)[std::max(x - 4, 0) * 3]);
}

TEST_CASE("brightness scales values, contrast their distance from the mean") {
  Image image(16, 16, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(60 + i % 80);
  const double before = mean(image);
  CHECK(mean(augmented(image, {.brightness = 1.25F})) ==
        doctest::Approx(1.25 * before).epsilon(1e-2));
  const Image flat = augmented(image, {.contrast = 0.5F});
  CHECK(mean(flat) == doctest::Approx(before).epsilon(1e-2));
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    CHECK(std::abs(flat.pixels[i] - (before + 0.5 * (image.pixels[i] - before))) < 0.501);
  const Image both = augmented(image, {.brightness = 1.2F, .contrast = 0});
  CHECK(both.pixels == std::vector<std::uint8_t>(both.pixels.size(),
                                                 static_cast<std::uint8_t>(1.2 * before + 0.5)));
  const Image bright = augmented(image, {.brightness = 2});
  CHECK(*std::ranges::max_element(bright.pixels) == 255);  // and does not wrap
}

TEST_CASE("noise is normal, grey and of the standard deviation that was asked for") {
  Image grey(256, 256, 3);
  std::ranges::fill(grey.pixels, std::uint8_t{128});
  const Image noisy = augmented(grey, {.noise = 0.05F});
  double sum = 0, squares = 0, fourth = 0, neighbours = 0, last = 0;
  int beyond = 0;
  const double n = 256 * 256;
  for (std::size_t i = 0; i < noisy.pixels.size(); i += 3) {
    REQUIRE(noisy.pixels[i] == noisy.pixels[i + 1]);
    REQUIRE(noisy.pixels[i] == noisy.pixels[i + 2]);
    const double z = (noisy.pixels[i] - 128) / (0.05 * 255);
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
    neighbours += z * last;
    last = z;
    beyond += std::abs(z) > 2 ? 1 : 0;
  }
  CHECK(std::abs(sum / n) < 0.015);
  CHECK(std::abs(squares / n - 1) < 0.02);
  CHECK(std::abs(fourth / n - 3) < 0.1);
  CHECK(std::abs(neighbours / n) < 0.015);
  CHECK(std::abs(beyond / n - std::erfc(std::sqrt(2))) < 0.003);
}

TEST_CASE("amounts are drawn from the whole of their ranges and no further") {
  std::vector<Augmentation> drawn;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random random(5, i);
    drawn.push_back(draw_augmentation(everything, random));
  }
  const auto check = [&](float Augmentation::*amount, float low, float high) {
    const auto [least, most] = std::ranges::minmax(drawn, {}, amount);
    CHECK(least.*amount >= low);
    CHECK(most.*amount <= high);
    CHECK(least.*amount < low + 0.01F * (high - low));
    CHECK(most.*amount > high - 0.01F * (high - low));
  };
  check(&Augmentation::degrees, -15, 15);
  check(&Augmentation::scale, 0.9F, 1.1F);
  check(&Augmentation::shift_x, -0.1F, 0.1F);
  check(&Augmentation::shift_y, -0.1F, 0.1F);
  check(&Augmentation::brightness, 0.8F, 1.2F);
  check(&Augmentation::contrast, 0.8F, 1.2F);
  check(&Augmentation::noise, 0, 0.05F);
  CHECK(std::abs(std::ranges::count(drawn, true, &Augmentation::flip) - 1000) < 100);
}

TEST_CASE("an option leaves the numbers of the others as they are") {
  Random one(3, 4), other(3, 4);
  const Augmentation all = draw_augmentation(everything, one);
  const Augmentation turn = draw_augmentation({.degrees = 15}, other);
  CHECK(turn.degrees == doctest::Approx(all.degrees));
  CHECK(turn == Augmentation{.degrees = turn.degrees});
}

TEST_CASE("in a loader the result depends on seed, epoch and sample, not on threads") {
  ImageDataset set{12, {"a", "b"}, {}, {}};
  for (int i = 0; i < 30; ++i) {
    set.samples.push_back({std::to_string(i), i % 2, Part::all});
    const Image image = picture(12, 12 + i);
    set.pixels.insert(set.pixels.end(), image.pixels.end() - 12 * 12 * 3, image.pixels.end());
  }
  std::vector<std::size_t> indices(30);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  const auto collect = [&](std::uint64_t seed, std::uint32_t number, int threads, bool shuffle) {
    const Loader loader(set, indices,
                        {.batch_size = 7,
                         .shuffle = shuffle,
                         .seed = seed,
                         .threads = threads,
                         .transform = Augment(everything)});
    std::vector<std::vector<float>> images(30);
    auto epoch = loader.epoch(number);
    for (const Batch& batch : epoch)
      for (std::size_t n = 0; n < batch.size(); ++n) {
        const auto first =
            batch.images.begin() + static_cast<std::ptrdiff_t>(n * set.image_bytes());
        images[batch.indices[n]].assign(first,
                                        first + static_cast<std::ptrdiff_t>(set.image_bytes()));
      }
    return images;
  };
  const auto once = collect(1, 2, 0, false);
  for (const int threads : {1, 2, 5}) CHECK(collect(1, 2, threads, false) == once);
  CHECK(collect(1, 2, 3, true) == once);  // nor on the order
  CHECK(collect(1, 3, 0, false) != once);
  CHECK(collect(2, 2, 0, false) != once);

  // What the loader gives is what the function gives, up to where the compiler fuses operations.
  Image image(12, 12, 3);
  std::ranges::copy(set.image(17), image.pixels.begin());
  std::vector<float> expected(set.image_bytes());
  Normalizer{}(Augment(everything)(image, sample_random(1, 2, 17)).pixels, expected);
  float worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    worst = std::max(worst, std::abs(once[17][i] - expected[i]));
  CHECK(worst < 0.02F);  // one level of 255
}

TEST_CASE("amounts and images that make no sense are refused") {
  CHECK(error_of([] { Augment({.horizontal_flip = 2}); }) ==
        "augmentation: horizontal_flip is 2; it must lie between 0 and 1");
  CHECK(error_of([] { Augment({.degrees = -5}); }) ==
        "augmentation: degrees is -5; it must lie between 0 and 180");
  CHECK_THROWS_AS(Augment({.scale = 1}), osteon::Error);
  CHECK_THROWS_AS(Augment({.noise = NAN}), osteon::Error);
  CHECK(error_of([] { (void)augmented(Image(4, 5, 1), {}); }) ==
        "cannot augment an image of 4 x 5 pixels and 1 channels; it must have three");
  CHECK_THROWS_AS((void)augmented(Image(), {}), osteon::Error);
  CHECK_THROWS_AS((void)augmented(picture(4, 4), {.scale = 0}), osteon::Error);
}
