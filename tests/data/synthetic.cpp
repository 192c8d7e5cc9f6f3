#include <osteon/data/dataset.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/synthetic.hpp>

#include "../io/temporary_folder.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

using namespace osteon::data;

namespace {

/// Accuracy on the training and the test part of logistic regression on the grey pixels, trained by
/// gradient descent with momentum.
struct Linear {
  double train = 0, test = 0;
};

Linear linear_classifier(const ImageDataset& set, const std::vector<int>& labels) {
  const std::size_t features = set.image_bytes() / 3;
  std::vector<float> grey(set.size() * features);
  for (std::size_t k = 0; k < grey.size(); ++k)
    grey[k] = static_cast<float>(set.pixels[3 * k]) / 255.0F - 0.3F;
  std::vector<float> weights(features), velocity(features), gradient(features);
  const auto score = [&](std::size_t i) {
    return std::inner_product(weights.begin(), weights.end(), &grey[i * features], 0.0F);
  };
  const auto train = set.indices(Part::train), test = set.indices(Part::test);
  for (int step = 0; step < 60; ++step) {
    std::fill(gradient.begin(), gradient.end(), 0.0F);
    for (const std::size_t i : train) {
      const float error = 1 / (1 + std::exp(-score(i))) - static_cast<float>(labels[i]);
      for (std::size_t k = 0; k < features; ++k) gradient[k] += error * grey[i * features + k];
    }
    for (std::size_t k = 0; k < features; ++k) {
      velocity[k] = 0.9F * velocity[k] - 0.01F * gradient[k] / static_cast<float>(train.size());
      weights[k] += velocity[k];
    }
  }
  const auto accuracy = [&](const std::vector<std::size_t>& part) {
    const auto right = std::count_if(part.begin(), part.end(), [&](std::size_t i) {
      return (score(i) > 0) == (labels[i] == 1);
    });
    return static_cast<double>(right) / static_cast<double>(part.size());
  };
  return {accuracy(train), accuracy(test)};
}

}  // namespace

TEST_CASE("parts, classes and names; the same for any number of threads") {
  SyntheticOptions options{.train = 7, .val = 4, .test = 3, .image_size = 16};
  std::size_t last = 0;
  options.progress = [&](std::size_t done, std::size_t total) {
    CHECK(total == 14);
    last = done;
  };
  const ImageDataset set = synthetic_dataset(options);
  CHECK(last == 14);
  CHECK(set.classes == std::vector<std::string>{"fractured", "not fractured"});
  CHECK(set.indices(Part::train).size() == 7);
  CHECK(set.indices(Part::val).size() == 4);
  CHECK(set.indices(Part::test).size() == 3);
  CHECK(set.samples[0] == Sample{"train/fractured/000000.png", 0, Part::train});
  CHECK(set.samples[13] == Sample{"test/not fractured/000000.png", 1, Part::test});
  options.threads = 3;
  CHECK(synthetic_dataset(options).pixels == set.pixels);
  CHECK_THROWS_AS((void)synthetic_dataset({.train = 0, .val = 0, .test = 0}), osteon::Error);
}

TEST_CASE("what is written to a folder is what is drawn in memory") {
  const osteon::test::TemporaryFolder folder;
  const SyntheticOptions options{.train = 6, .val = 4, .test = 4, .image_size = 24, .seed = 3};
  write_synthetic(folder / "set", options);
  const ImageFolder found = read_image_folder(folder / "set");
  CHECK(found.stray.empty());
  LoadReport report;
  const ImageDataset read = load_images(found, found.samples, {.image_size = 24}, &report);
  const ImageDataset drawn = synthetic_dataset(options);
  CHECK(report.truncated.empty());
  CHECK(read.samples == drawn.samples);
  CHECK(read.classes == drawn.classes);
  CHECK(read.pixels == drawn.pixels);
  // Nothing is written over.
  CHECK(osteon::test::error_of([&] {
          write_synthetic(folder / "set", options);
        }).find("not empty") != std::string::npos);
}

TEST_CASE("a linear classifier cannot tell the classes apart by their pixels") {
  const ImageDataset set = synthetic_dataset({.train = 800, .val = 0, .test = 500});
  const Linear fractures = linear_classifier(set, labels_of(set.samples));
  CHECK(fractures.test < 0.65);
  CHECK(fractures.train < 0.75);

  // Control: it does learn what is linear in the pixels, whether a picture is bright.
  std::vector<double> brightness(set.size());
  for (std::size_t i = 0; i < set.size(); ++i)
    for (const auto v : set.image(i)) brightness[i] += v;
  std::vector<double> sorted = brightness;
  std::nth_element(sorted.begin(), sorted.begin() + 650, sorted.end());
  std::vector<int> bright;
  for (const double b : brightness) bright.push_back(b > sorted[650]);
  CHECK(linear_classifier(set, bright).test > 0.8);
}
