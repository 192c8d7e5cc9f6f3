#include <osteon/core/random.hpp>
#include <osteon/train/temperature.hpp>

#include "../io/temporary_folder.hpp"
#include "../reference.hpp"
#include "binary_reference.hpp"
#include <doctest/doctest.h>

#include <cmath>

using namespace osteon;
using osteon::test::error_of;

namespace {

/// Labels drawn from softmax(logits / temperature), so that this temperature is the true one.
struct Drawn {
  std::vector<float> logits;
  std::vector<int> labels;

  Drawn(double temperature, std::size_t classes, std::size_t n) {
    Random random(21);
    for (std::size_t i = 0; i < n * classes; ++i) logits.push_back(3 * random.normal());
    const auto probabilities = train::softmax(logits, classes, temperature);
    for (std::size_t i = 0; i < n; ++i) {
      auto left = static_cast<double>(random.uniform());
      int label = 0;
      while ((left -= probabilities[i * classes + static_cast<std::size_t>(label)]) > 0) ++label;
      labels.push_back(std::min(label, static_cast<int>(classes) - 1));
    }
  }
};

}  // namespace

TEST_CASE("the temperature is where SciPy finds the minimum") {
  std::vector<float> logits;
  for (Index i = 0; i < 180; ++i)
    logits.push_back(static_cast<float>(test::uniform(12, 0, i, 6.0)));
  const auto fitted = train::fit_temperature(logits, 3, test::temperature_labels);
  CHECK(std::abs(fitted.value - test::temperature) < 1e-11);
  CHECK(std::abs(fitted.nll_before - test::temperature_nll_before) < 1e-13);
  CHECK(std::abs(fitted.nll_after - test::temperature_nll_after) < 1e-13);
  CHECK_FALSE(fitted.at_limit);
}

TEST_CASE("a known temperature is recovered") {
  for (const double truth : {0.4, 1.0, 2.5, 8.0})
    for (const std::size_t classes : {2U, 5U}) {
      const Drawn drawn(truth, classes, 20'000);
      const auto fitted = train::fit_temperature(drawn.logits, classes, drawn.labels);
      CAPTURE(truth);
      CHECK(fitted.value == doctest::Approx(truth).epsilon(0.06));
      CHECK(fitted.nll_after <= fitted.nll_before);
    }
}

TEST_CASE("a constant added to a row changes nothing, and scaled logits scale the temperature") {
  const Drawn drawn(2, 3, 500);
  const double before = train::fit_temperature(drawn.logits, 3, drawn.labels).value;
  auto moved = drawn.logits;
  for (std::size_t i = 0; i < moved.size(); ++i)
    moved[i] = 4 * moved[i] + static_cast<float>(i / 3);
  // The sum is rounded to float: not the same to the last bit.
  CHECK(train::fit_temperature(moved, 3, drawn.labels).value ==
        doctest::Approx(4 * before).epsilon(1e-4));
}

TEST_CASE("where the likelihood has no minimum the limit is named") {
  const std::vector<float> logits{1, -1, -2, 3};
  const auto separated = train::fit_temperature(logits, 2, std::vector{0, 1});
  CHECK(separated.value == train::smallest_temperature);
  CHECK(separated.at_limit);
  const auto wrong = train::fit_temperature(logits, 2, std::vector{1, 0});
  CHECK(wrong.value == train::largest_temperature);
  CHECK(wrong.at_limit);
  CHECK(wrong.nll_after < wrong.nll_before);
}

TEST_CASE("huge logits neither overflow nor vanish") {
  const std::vector<float> logits{3e4F, -3e4F, 100, 3e4F, 1, 0};
  const auto fitted = train::fit_temperature(logits, 2, std::vector{0, 1, 1});
  CHECK(std::isfinite(fitted.nll_before));
  CHECK(std::isfinite(fitted.nll_after));
  const auto probabilities = train::softmax(logits, 2);
  CHECK(probabilities[0] == 1);
  CHECK(probabilities[4] + probabilities[5] == doctest::Approx(1));
}

TEST_CASE("the temperature leaves decisions as they are and softens them") {
  const std::vector<float> logits{2, 0, 1};
  const auto plain = train::softmax(logits, 3);
  const auto soft = train::softmax(logits, 3, 4);
  CHECK(plain[0] == doctest::Approx(std::exp(2) / (std::exp(2) + 1 + std::exp(1))));
  CHECK(soft[0] < plain[0]);
  CHECK(soft[0] > soft[2]);
  CHECK(soft[2] > soft[1]);
}

TEST_CASE("what cannot be fitted is refused") {
  CHECK(error_of([] {
          (void)train::fit_temperature(std::vector{1.0F, NAN}, 2, std::vector{0});
        }) == "logit 1 of example 0 is nan; it must be a finite number");
  CHECK(error_of([] {
          (void)train::fit_temperature(std::vector{1.0F, 2.0F}, 2, std::vector{2});
        }) == "the label of example 0 is 2; it must be one of 2 classes (0 to 1)");
  CHECK_THROWS_AS((void)train::fit_temperature({}, 2, {}), Error);
  CHECK_THROWS_AS((void)train::softmax(std::vector{1.0F, 2.0F}, 2, 0), Error);
  CHECK_THROWS_AS((void)train::softmax(std::vector{1.0F, 2.0F, 3.0F}, 2), Error);
}
