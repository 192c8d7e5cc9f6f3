#include <osteon/train/evaluation.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace osteon;

TEST_CASE("evaluate hands out logits and labels in the loader's order") {
  data::ImageDataset dataset{1, {"dark", "bright"}, {}, {}};
  for (int i = 0; i < 5; ++i) {
    dataset.samples.push_back({"", i % 2, data::Part::all});
    dataset.pixels.insert(dataset.pixels.end(), 3, static_cast<std::uint8_t>(i % 2 == 0 ? 0 : 255));
  }
  const data::Loader loader(dataset, {4, 1, 3, 0}, {.batch_size = 3});
  const train::Scorer by_first_pixel = [](const data::Loader& images, std::uint32_t number,
                                          std::size_t first, const train::OnScore& on_score) {
    auto epoch = images.epoch(number, first);
    for (const data::Batch& batch : epoch) {
      train::BatchScore score{0, {}};
      for (std::size_t n = 0; n < batch.size(); ++n) {
        score.logits.push_back(-batch.images[3 * n]);
        score.logits.push_back(batch.images[3 * n]);
        score.loss += static_cast<double>(batch.indices[n]);
      }
      score.loss /= static_cast<double>(batch.size());
      REQUIRE(on_score(score, batch.labels));  // evaluate() wants them all
    }
  };
  const auto result = train::evaluate(by_first_pixel, 2, loader);
  CHECK(result.labels == std::vector<int>{0, 1, 1, 0});
  REQUIRE(result.logits.size() == 8);
  CHECK((result.logits[0] > 0 && result.logits[2] < 0 && result.logits[4] < 0));
  CHECK(result.confusion.accuracy() == 1);
  CHECK(result.loss == doctest::Approx((4 + 1 + 3 + 0) / 4.0));
}

TEST_CASE("evaluate_logits: cross-entropy and the largest logit") {
  const auto result = train::evaluate_logits({0, 0, 2, -1, 1000, 1001}, {0, 1, 1}, 2);
  const double second = std::log(1 + std::exp(3.0)), third = std::log(1 + std::exp(-1.0));
  CHECK(result.loss == doctest::Approx((std::log(2.0) + second + third) / 3));
  CHECK(result.confusion(0, 0) == 1);
  CHECK(result.confusion(1, 0) == 1);
  CHECK(result.confusion(1, 1) == 1);
  CHECK_THROWS_AS(static_cast<void>(train::evaluate_logits({0, 1, 2}, {0}, 2)), Error);
  CHECK_THROWS_AS(static_cast<void>(train::evaluate_logits({}, {}, 2)), Error);
}

TEST_CASE("average of looks: the mean logits decide") {
  const std::vector<train::Evaluation> looks{train::evaluate_logits({3, 0, 0, 1}, {1, 1}, 2),
                                             train::evaluate_logits({0, 1, 0, 3}, {1, 1}, 2)};
  const auto mean = train::average(looks);
  CHECK(mean.logits == std::vector<float>{1.5F, 0.5F, 0, 2});
  CHECK(mean.confusion(1, 0) == 1);
  CHECK(mean.confusion(1, 1) == 1);

  const std::vector<train::Evaluation> others{looks[0],
                                              train::evaluate_logits({0, 1, 0, 3}, {1, 0}, 2)};
  CHECK_THROWS_AS(static_cast<void>(train::average(others)), Error);
  CHECK_THROWS_AS(static_cast<void>(train::average({})), Error);
}
