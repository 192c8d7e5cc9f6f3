#include <osteon/train/binary_metrics.hpp>

#include "../io/temporary_folder.hpp"
#include "binary_check.hpp"
#include "binary_reference.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using osteon::test::error_of;
using osteon::test::same;

namespace {

train::ConfusionMatrix make_matrix(const std::vector<std::vector<int>>& rows) {
  train::ConfusionMatrix matrix(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows.size(); ++j) matrix.add(i, j, rows[i][j]);
  return matrix;
}

}  // namespace

TEST_CASE("the metrics of decisions are scikit-learn's") {
  for (const auto& set : test::binary_sets) {
    CAPTURE(set.name);
    const auto matrix = train::confusion_at(set.labels, set.scores, 0.5);
    CHECK(same(train::sensitivity(matrix), set.sensitivity));
    CHECK(same(train::specificity(matrix), set.specificity));
    CHECK(same(train::positive_predictive_value(matrix), set.ppv));
    CHECK(same(train::negative_predictive_value(matrix), set.npv));
    CHECK(same(train::balanced_accuracy(matrix), set.balanced_accuracy));
    CHECK(same(train::matthews_correlation(matrix), set.mcc));
    CHECK(same(train::cohen_kappa(matrix), set.kappa));
  }
}

TEST_CASE("agreement of three classes is scikit-learn's") {
  const auto matrix = make_matrix(test::three_classes);
  CHECK(same(train::matthews_correlation(matrix), test::three_classes_mcc));
  CHECK(same(train::cohen_kappa(matrix), test::three_classes_kappa));
}

TEST_CASE("either class can be the positive one") {
  const auto matrix = make_matrix({{8, 2}, {4, 36}});
  CHECK(train::sensitivity(matrix, 0) == 0.8);
  CHECK(train::specificity(matrix, 0) == 0.9);
  CHECK(train::positive_predictive_value(matrix, 0) == 8.0 / 12);
  CHECK(train::negative_predictive_value(matrix, 0) == 36.0 / 38);
  CHECK(train::sensitivity(matrix, 1) == train::specificity(matrix, 0));
  CHECK(train::positive_predictive_value(matrix, 1) == train::negative_predictive_value(matrix, 0));
  // One of three against the others.
  CHECK(train::specificity(make_matrix({{5, 1, 0}, {2, 3, 1}, {0, 4, 4}}), 0) == 12.0 / 14);
}

TEST_CASE("without examples nothing is known") {
  const train::ConfusionMatrix none(2);
  CHECK(std::isnan(train::sensitivity(none)));
  CHECK(std::isnan(train::specificity(none)));
  CHECK(std::isnan(train::balanced_accuracy(none)));
  CHECK(std::isnan(train::cohen_kappa(none)));
  CHECK(train::matthews_correlation(none) == 0);
}

TEST_CASE("one class against the rest") {
  const std::vector<float> probabilities{0.5F, 0.25F, 0.25F, 0.125F, 0.75F, 0.125F};
  const auto predictions = train::one_vs_rest(std::vector{2, 1}, probabilities, 3, 1);
  CHECK(predictions.labels == std::vector{0, 1});
  CHECK(predictions.scores == std::vector{0.25, 0.75});
  CHECK(error_of([&] { (void)train::one_vs_rest(std::vector{2}, probabilities, 3, 1); }) ==
        "1 labels of 3 classes came with 6 probabilities");
  CHECK_THROWS_AS((void)train::one_vs_rest(std::vector{2, 1}, probabilities, 3, 3), Error);
}

TEST_CASE("labels and scores that make no sense are refused") {
  const auto refused = [](const std::vector<int>& labels, const std::vector<double>& scores) {
    return error_of([&] { (void)train::confusion_at(labels, scores, 0.5); });
  };
  CHECK(refused({0, 1}, {0.5}) == "2 labels came with 1 scores; every example needs one of each");
  CHECK(refused({}, {}) == "a metric of no examples was asked for");
  CHECK(refused({0, 2}, {0.5, 0.5}) ==
        "the label of example 1 is 2; it must be 1 (positive) or 0 (negative)");
  CHECK(refused({0, 1}, {0.5, NAN}) == "the score of example 1 is nan; it must be a finite number");
}
