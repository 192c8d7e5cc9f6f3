// What the answers to a part of the images are worth, and the rule by which answers become
// decisions.
#pragma once

#include <osteon/train/bootstrap.hpp>
#include <osteon/train/evaluation.hpp>
#include <osteon/train/operating_point.hpp>
#include <osteon/train/temperature.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fracture {

/// Chosen on the validation images, kept in the model file. Thresholds stand for the probability of
/// the positive class after the temperature.
struct DecisionRule {
  std::size_t positive = 0;
  osteon::train::Temperature temperature;       // value 1 where the fit came to no end
  osteon::train::OperatingPoint sensitivity{};  // at least 95 % of the positive images found
  osteon::train::OperatingPoint specificity{};  // at least 95 % of the negative images recognised
};

/// With both classes among `answers`. Throws osteon::Error otherwise.
DecisionRule choose_rule(const osteon::train::Evaluation& answers, std::size_t positive);

/// The metrics of the positive class; NaN where the images cannot tell.
struct Scores {
  osteon::train::Evaluation answers;
  std::size_t groups = 0;
  // Each with its 95 % interval: groups drawn anew, since related images are no independent
  // witnesses. NaN bounds with fewer than two groups.
  osteon::train::Interval accuracy{}, sensitivity{}, specificity{}, auc{};
  double positive_predictive_value = 0, negative_predictive_value = 0;
  double average_precision = 0, matthews_correlation = 0, cohen_kappa = 0;
  double calibration_error = 0, brier = 0;                           // of the softmax
  double calibrated_calibration_error = 0, calibrated_brier = 0;     // after the temperature
  osteon::train::OperatingPoint at_sensitivity{}, at_specificity{};  // the rule, measured here
};

/// `groups` of the images, in the order of the answers.
Scores score(osteon::train::Evaluation answers, std::span<const std::size_t> groups,
             const DecisionRule& rule, std::uint64_t seed);

}  // namespace fracture
