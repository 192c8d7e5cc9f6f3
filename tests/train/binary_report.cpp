#include <osteon/train/binary_report.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

using namespace osteon;

namespace {

const train::BinaryPredictions predictions{{1, 1, 1, 0, 0, 0, 0, 1},
                                           {0.9, 0.8, 0.3, 0.2, 0.6, 0.1, 0.4, 0.7}};

std::vector<int> each_its_own() {
  std::vector<int> groups(predictions.labels.size());
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

}  // namespace

TEST_CASE("binary_report: the figures are the metrics', with intervals around them") {
  const auto report = train::binary_report(predictions, each_its_own(), {.replicates = 500});
  CHECK(report.sensitivity.estimate == doctest::Approx(0.75));
  CHECK(report.specificity.estimate == doctest::Approx(0.75));
  CHECK(report.accuracy.estimate == doctest::Approx(0.75));
  CHECK(report.auc.estimate ==
        doctest::Approx(train::roc_auc(predictions.labels, predictions.scores)));
  CHECK(report.positive_predictive_value == doctest::Approx(0.75));
  CHECK(report.matthews_correlation == doctest::Approx(0.5));
  CHECK(report.cohen_kappa == doctest::Approx(0.5));
  CHECK(report.brier ==
        doctest::Approx(train::brier_score(predictions.labels, predictions.scores)));
  for (const auto& interval : {report.accuracy, report.auc, report.sensitivity}) {
    CHECK(interval.lower <= interval.estimate);
    CHECK(interval.estimate <= interval.upper);
    CHECK(interval.lower < interval.upper);
  }
}

TEST_CASE("binary_report: one group alone has no intervals, and says so") {
  const std::vector<int> one(predictions.labels.size(), 7);
  const auto report = train::binary_report(predictions, one);
  CHECK(report.auc.estimate > 0.5);
  CHECK(std::isnan(report.auc.lower));
  CHECK(std::isnan(report.accuracy.upper));
}

TEST_CASE("binary_report: in words, with the class that is positive") {
  const auto report = train::binary_report(predictions, each_its_own(), {.replicates = 200});
  const std::string text = to_text(report, "fractured");
  CHECK(text.starts_with("positive: fractured;"));
  CHECK(text.find("sensitivity 0.750 (") != std::string::npos);
}
