// From logits to what a doctor would ask: how many are found, how many are sent away in error.
#include <osteon/train/temperature.hpp>

#include "results.hpp"

#include <algorithm>

namespace fracture {
namespace {

using namespace osteon;

constexpr double wanted = 0.95;  // of sensitivity, or of specificity

/// Labels and probabilities of the positive class, after the temperature.
train::BinaryPredictions predictions(const train::Evaluation& score, double temperature,
                                     std::size_t positive) {
  const std::size_t classes = score.confusion.classes();
  const auto probabilities = train::softmax(score.logits, classes, temperature);
  train::BinaryPredictions result;
  for (std::size_t i = 0; i < score.labels.size(); ++i) {
    result.labels.push_back(score.labels[i] == static_cast<int>(positive) ? 1 : 0);
    result.scores.push_back(probabilities[i * classes + positive]);
  }
  return result;
}

Assessment assess_part(const train::Evaluation& score, const std::vector<int>& groups,
                       const train::DecisionRule& rule, std::size_t positive, std::uint64_t seed) {
  const auto of = predictions(score, rule.temperature, positive);
  Assessment result{train::binary_report(of, groups, {.seed = seed}), {}, {}};
  const auto at = [&](const std::optional<train::OperatingPoint>& chosen) {
    std::optional<train::OperatingPoint> here;
    if (chosen) here = train::operating_point_at(of.labels, of.scores, chosen->threshold);
    return here;
  };
  result.at_sensitivity = at(rule.sensitivity);
  result.at_specificity = at(rule.specificity);
  return result;
}

}  // namespace

std::size_t positive_class(const Options& options, const std::vector<std::string>& classes) {
  if (options.positive.empty()) return 0;
  const auto found = std::ranges::find(classes, options.positive);
  std::string names;
  for (const auto& name : classes) names += concat(names.empty() ? "" : ", ", name);
  require(found != classes.end(), "--positive ", options.positive,
          " is none of the classes: ", names);
  return static_cast<std::size_t>(found - classes.begin());
}

void choose_rule(const Options& options, const Images& images, Results& results) {
  const auto& classes = images.dataset.classes;
  const std::size_t positive = positive_class(options, classes);
  results.rule.positive_class = classes[positive];
  results.rule.temperature =
      train::fit_temperature(results.val.logits, classes.size(), results.val.labels).value;
  const auto val = predictions(results.val, results.rule.temperature, positive);
  const auto positives = std::ranges::count(val.labels, 1);
  if (positives == 0 || positives == static_cast<std::ptrdiff_t>(val.labels.size())) return;
  results.rule.sensitivity = train::threshold_for_sensitivity(val.labels, val.scores, wanted);
  results.rule.specificity = train::threshold_for_specificity(val.labels, val.scores, wanted);
}

void assess(const Options& options, const Images& images, Results& results) {
  const std::size_t positive = positive_class(options, images.dataset.classes);
  const auto of = [&](const train::Evaluation& score, const std::vector<std::size_t>& part) {
    return assess_part(score, images.groups_of(part), results.rule, positive, options.seed);
  };
  results.val_assessment = of(results.val, images.val);
  if (results.test) results.test_assessment = of(*results.test, images.test);
}

}  // namespace fracture
