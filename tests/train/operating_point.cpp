#include <osteon/train/operating_point.hpp>

#include "../io/temporary_folder.hpp"
#include "binary_reference.hpp"
#include <doctest/doctest.h>

#include <cmath>

using namespace osteon;
using osteon::test::error_of;

namespace {

// 20 positive and 20 negative examples that overlap.
const train::BinaryPredictions overlapping = [] {
  train::BinaryPredictions made;
  for (int i = 0; i < 20; ++i) {
    made.labels.insert(made.labels.end(), {1, 0});
    made.scores.insert(made.scores.end(), {0.3 + 0.03 * i, 0.03 * i});
  }
  return made;
}();

}  // namespace

TEST_CASE("a sensitivity is reached at the best specificity") {
  const auto& [labels, scores] = overlapping;
  const auto point = train::threshold_for_sensitivity(labels, scores, 0.95);
  CHECK(point.sensitivity == 0.95);  // 19 of 20: at the second smallest positive score
  CHECK(point.threshold == doctest::Approx(0.33));
  CHECK(point.specificity == 11.0 / 20);
  const auto measured = train::operating_point_at(labels, scores, point.threshold);
  CHECK(measured.sensitivity == point.sensitivity);
  CHECK(measured.specificity == point.specificity);
  CHECK(train::threshold_for_sensitivity(labels, scores, 1).sensitivity == 1);
}

TEST_CASE("a specificity is reached at the best sensitivity") {
  const auto& [labels, scores] = overlapping;
  const auto point = train::threshold_for_specificity(labels, scores, 0.95);
  CHECK(point.specificity == 0.95);
  CHECK(point.threshold > 0.54 - 1e-12);
  CHECK(point.threshold < 0.57 + 1e-12);
  CHECK(train::operating_point_at(labels, scores, point.threshold).sensitivity ==
        point.sensitivity);
}

TEST_CASE("no other threshold would have been better") {
  for (const auto& set : test::binary_sets) {
    if (std::isnan(set.roc_auc)) continue;  // one class
    CAPTURE(set.name);
    for (const double at_least : {0.3, 0.8, 0.95, 1.0}) {
      const auto sensitive = train::threshold_for_sensitivity(set.labels, set.scores, at_least);
      const auto specific = train::threshold_for_specificity(set.labels, set.scores, at_least);
      CHECK(sensitive.sensitivity >= at_least);
      CHECK(specific.specificity >= at_least);
      for (const double threshold : set.roc_thresholds) {
        const auto other = train::operating_point_at(set.labels, set.scores, threshold);
        if (other.sensitivity >= at_least) CHECK(other.specificity <= sensitive.specificity);
        if (other.specificity >= at_least) CHECK(other.sensitivity <= specific.sensitivity);
      }
    }
  }
}

TEST_CASE("where the best score is a negative example's, only never is specific enough") {
  const auto point =
      train::threshold_for_specificity(std::vector{1, 0, 0}, std::vector{0.1, 0.9, 0.9});
  CHECK(std::isinf(point.threshold));
  CHECK(point.sensitivity == 0);
  CHECK(point.specificity == 1);
  CHECK_FALSE(train::is_reached(point));
}

TEST_CASE("a goal that only one answer for all reaches counts as not reached") {
  const std::vector labels{1, 0, 0};
  const auto always = train::threshold_for_sensitivity(labels, std::vector{0.1, 0.9, 0.9});
  CHECK(always.specificity == 0);
  CHECK_FALSE(train::is_reached(always));
  CHECK(train::is_reached(train::threshold_for_sensitivity(labels, std::vector{0.5, 0.9, 0.1})));
  CHECK(train::is_reached(train::threshold_for_specificity(labels, std::vector{0.9, 0.5, 0.1})));
}

TEST_CASE("an operating point survives its text bit for bit") {
  for (const train::OperatingPoint& point :
       {train::OperatingPoint{1.0 / 3, 0.95, 2.0 / 7}, train::OperatingPoint{INFINITY, 0, 1},
        train::OperatingPoint{-1e-300, 1, 0}}) {
    const auto read = train::parse_operating_point(to_text(point), "model");
    CHECK(read.threshold == point.threshold);
    CHECK(read.sensitivity == point.sensitivity);
    CHECK(read.specificity == point.specificity);
  }
  CHECK(to_text(train::OperatingPoint{0.25, 1, 0.5}) ==
        "threshold=0.25 sensitivity=1 specificity=0.5");
}

TEST_CASE("other text, and requests that cannot be met, are refused") {
  const auto parse = [](std::string_view text) {
    return error_of([&] { (void)train::parse_operating_point(text, "m.safetensors"); });
  };
  CHECK(parse("0.5") ==
        "m.safetensors: \"0.5\" is not an operating point; expected \"threshold=T sensitivity=S "
        "specificity=S\"");
  CHECK(parse("threshold=0.5 sensitivity= specificity=1") != "no error");
  CHECK(parse("threshold=0.5 sensitivity=1 specificity=1 ") != "no error");
  CHECK(parse("") != "no error");
  const auto choose = [](const std::vector<int>& labels, double at_least) {
    return error_of([&] {
      (void)train::threshold_for_sensitivity(labels, std::vector<double>(labels.size()), at_least);
    });
  };
  CHECK(choose({1, 1}, 0.95) ==
        "a threshold for a sensitivity needs examples of both classes, and there are 2 positive "
        "and 0 negative ones");
  CHECK(choose({1, 0}, 95) ==
        "a sensitivity of at least 95 was asked for; it must be above 0 and at most 1");
}
