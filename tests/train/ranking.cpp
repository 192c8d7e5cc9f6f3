#include <osteon/core/error.hpp>
#include <osteon/train/ranking.hpp>

#include "binary_check.hpp"
#include "binary_reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

using namespace osteon;
using osteon::test::first_difference;
using osteon::test::same;

TEST_CASE("the ROC curve and its area are scikit-learn's") {
  for (const auto& set : test::binary_sets) {
    CAPTURE(set.name);
    const auto curve = train::roc_curve(set.labels, set.scores);
    const std::size_t points = set.roc_thresholds.size();
    CHECK(first_difference(curve.false_positive_rate, set.false_positive_rate) == points);
    CHECK(first_difference(curve.true_positive_rate, set.true_positive_rate) == points);
    CHECK(first_difference(curve.thresholds, set.roc_thresholds) == points);
    CHECK(same(train::roc_auc(set.labels, set.scores), set.roc_auc));
  }
}

TEST_CASE("the precision-recall curve and average precision are scikit-learn's") {
  for (const auto& set : test::binary_sets) {
    CAPTURE(set.name);
    const auto curve = train::precision_recall_curve(set.labels, set.scores);
    const std::size_t points = set.precision.size();
    CHECK(first_difference(curve.precision, set.precision) == points);
    CHECK(first_difference(curve.recall, set.recall) == points);
    CHECK(first_difference(curve.thresholds, set.pr_thresholds) == points - 1);
    CHECK(same(train::average_precision(set.labels, set.scores), set.average_precision));
  }
}

TEST_CASE("the area is the share of pairs in the right order, ties counting half") {
  for (const auto& set : test::binary_sets) {
    double right = 0, pairs = 0;
    for (std::size_t p = 0; p < set.labels.size(); ++p)
      for (std::size_t n = 0; n < set.labels.size(); ++n) {
        if (set.labels[p] == 0 || set.labels[n] == 1) continue;
        ++pairs;
        right += set.scores[p] > set.scores[n] ? 1 : set.scores[p] == set.scores[n] ? 0.5 : 0;
      }
    CAPTURE(set.name);
    CHECK(same(train::roc_auc(set.labels, set.scores), right / pairs));
  }
}

TEST_CASE("the order of the examples does not matter, nor a monotone map of the scores") {
  auto set = test::binary_sets[1];
  const double auc = train::roc_auc(set.labels, set.scores);
  const double precision = train::average_precision(set.labels, set.scores);
  std::ranges::reverse(set.labels);
  std::ranges::reverse(set.scores);
  for (double& score : set.scores) score = std::exp(3 * score) - 7;
  CHECK(train::roc_auc(set.labels, set.scores) == auc);
  CHECK(train::average_precision(set.labels, set.scores) == precision);
}

TEST_CASE("no examples, or a score that is no number, is an error") {
  CHECK_THROWS_AS((void)train::roc_auc({}, {}), Error);
  CHECK_THROWS_AS((void)train::average_precision(std::vector{1, 0}, std::vector{NAN, 1.0}), Error);
}
