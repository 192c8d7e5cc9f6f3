#include <osteon/train/calibration.hpp>

#include "../io/temporary_folder.hpp"
#include "binary_check.hpp"
#include "binary_reference.hpp"
#include <doctest/doctest.h>

#include <cstdint>

using namespace osteon;
using osteon::test::error_of;
using osteon::test::first_difference;
using osteon::test::same;

TEST_CASE("Brier score, reliability bins and ECE are scikit-learn's") {
  for (const auto& set : test::binary_sets) {
    CAPTURE(set.name);
    CHECK(same(train::brier_score(set.labels, set.scores), set.brier));
    std::vector<double> frequency, mean;
    std::int64_t examples = 0;
    for (const auto& bin :
         train::reliability_bins(set.labels, set.scores, test::reliability_bins)) {
      examples += bin.count;
      CHECK(std::isnan(bin.frequency) == (bin.count == 0));
      if (bin.count == 0) continue;
      frequency.push_back(bin.frequency);
      mean.push_back(bin.mean_probability);
      CHECK(bin.mean_probability <= bin.upper + 1e-15);
      CHECK(bin.mean_probability >= bin.lower);
    }
    CHECK(examples == static_cast<std::int64_t>(set.labels.size()));
    CHECK(first_difference(frequency, set.bin_frequency) == frequency.size());
    CHECK(first_difference(mean, set.bin_mean) == mean.size());
    CHECK(same(train::expected_calibration_error(set.labels, set.scores, test::reliability_bins),
               set.ece));
  }
}

TEST_CASE("bins are open below and closed above") {
  const auto bins = train::reliability_bins(std::vector{0, 0, 1, 1, 1},
                                            std::vector{0.0, 0.25, 0.26, 0.5, 1.0}, 4);
  REQUIRE(bins.size() == 4);
  CHECK(bins[0].count == 2);
  CHECK(bins[1].count == 2);
  CHECK(bins[2].count == 0);
  CHECK(bins[3].count == 1);
  CHECK(bins[1].lower == 0.25);
  CHECK(bins[1].upper == 0.5);
}

TEST_CASE("probabilities that make no sense are refused") {
  const std::vector labels{0, 1};
  CHECK(error_of([&] {
          (void)train::brier_score(labels, std::vector{0.5, 1.5});
        }) == "the probability of example 1 is 1.5; it must lie between 0 and 1");
  CHECK_THROWS_AS((void)train::expected_calibration_error(labels, std::vector{-0.1, 0.5}), Error);
  CHECK_THROWS_AS((void)train::reliability_bins(labels, std::vector{0.1, 0.5}, 0), Error);
  CHECK_THROWS_AS((void)train::brier_score({}, {}), Error);
}
