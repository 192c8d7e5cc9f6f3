// A run in words.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/train/decision_rule.hpp>

#include "faults.hpp"
#include "results.hpp"

#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace fracture {

namespace detail {

[[gnu::format(printf, 1, 2)]] inline std::string formatted(const char* format, ...) {
  std::array<char, 512> text;
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  return text.data();
}

/// Nothing, or a loud word on images of a part that were trained on.
[[nodiscard]] inline std::string leak_warning(const Images& images, const char* name,
                                              const std::vector<std::size_t>& part) {
  const std::size_t same = also_in_train(images, part, &Images::content);
  const std::size_t related = also_in_train(images, part, &Images::group);
  if (same == 0 && related == 0) return "";
  return formatted(
      "*** WARNING: %zu of the %zu %s images also stand in the training part, byte for byte; %zu\n"
      "*** are related to a training image (turned, saved again, or of the same source). Figures\n"
      "*** for them measure memory. --split grouped keeps related images on one side.\n",
      same, part.size(), name, related);
}

[[nodiscard]] inline std::string bounds_text(const train::Interval& value) {
  if (std::isnan(value.lower)) return "(95 %: not defined, too few groups or all alike)";
  return formatted("(95 %%: %.2f to %.2f)", 100 * value.lower, 100 * value.upper);
}

[[nodiscard]] inline std::string interval_line(const char* name, const train::Interval& value) {
  return formatted("  %-12s %7.2f %%  %s\n", name, 100 * value.estimate,
                   bounds_text(value).c_str());
}

/// "43 fractured, 11 not fractured".
[[nodiscard]] inline std::string class_counts(const std::vector<std::size_t>& per_class,
                                              const std::vector<std::string>& classes) {
  std::string text;
  for (std::size_t k = 0; k < classes.size(); ++k)
    text += osteon::concat(k == 0 ? "" : ", ", per_class[k], ' ', classes[k]);
  return text;
}

/// What a leaking split tells after all.
[[nodiscard]] inline std::string unrelated_text(const Scores& s,
                                                const std::vector<std::string>& classes) {
  const Unrelated& of = s.unrelated;
  if (of.images() == s.answers.labels.size()) return "";
  std::string text = osteon::concat("  related to no training image: ", of.images(), " images");
  if (of.images() == 0) return text + '\n';
  text += osteon::concat(" (", class_counts(of.per_class, classes), ")\n    ");
  if (!of.enough()) return text + "too few, or of one class alone: they tell nothing\n";
  return text + formatted("accuracy %.2f %%  %s; always their larger class: %.2f %%\n",
                          100 * of.accuracy.estimate, bounds_text(of.accuracy).c_str(),
                          100 * of.majority_accuracy());
}

/// What the rule's point `chosen` gives on a part.
[[nodiscard]] inline std::string point_line(const char* name, const train::OperatingPoint& chosen,
                                            const train::OperatingPoint& point) {
  if (!is_reached(chosen)) return formatted("  %-36s not reached on the validation images\n", name);
  return formatted("  %-36s sensitivity %6.2f %%, specificity %6.2f %%\n", name,
                   100 * point.sensitivity, 100 * point.specificity);
}

[[nodiscard]] inline std::string part_text(const char* title, const Scores& s, const Images& images,
                                           const DecisionRule& rule) {
  const auto& classes = images.classes();
  const train::ConfusionMatrix& matrix = s.answers.confusion;
  std::string text =
      osteon::concat(title, ": accuracy ", 100 * matrix.accuracy(),
                     " % (always the larger class: ", 100 * matrix.majority_accuracy(),
                     " %), loss ", s.answers.loss, "\n\n");
  text += train::classification_report(matrix, classes) + '\n';
  text += train::confusion_table(matrix, classes);
  text += osteon::concat("\npositive: ", classes[rule.positive], "; intervals over ", s.groups,
                         " groups of related images\n");
  text += interval_line("accuracy", s.accuracy) + interval_line("sensitivity", s.sensitivity) +
          interval_line("specificity", s.specificity) + interval_line("ROC AUC", s.auc);
  text += unrelated_text(s, classes);
  text += formatted("  average precision %.4f, MCC %.4f, kappa %.4f\n", s.average_precision,
                    s.matthews_correlation, s.cohen_kappa);
  text += formatted("  calibration error %.4f, Brier score %.4f; at temperature %.3g: %.4f, %.4f\n",
                    s.calibration_error, s.brier, rule.temperature.value,
                    s.calibrated_calibration_error, s.calibrated_brier);
  text += point_line("threshold for sensitivity >= 95 %:", rule.sensitivity, s.at_sensitivity);
  text += point_line("threshold for specificity >= 95 %:", rule.specificity, s.at_specificity);
  return text + '\n';
}

}  // namespace detail

/// What was loaded from options.weights, for report.txt; nothing without them.
inline std::string pretrained_text(const Options& options, const Results& results) {
  if (options.weights.empty()) return "";
  return osteon::concat(
      "weights: ", options.weights.string(), ", ",
      results.pretrained ? to_string(*results.pretrained) : "loaded before the run was resumed\n",
      '\n');
}

/// The classification reports, what the parts share, and the table of layers, for the terminal and
/// report.txt.
inline std::string summary(const Options& options, const Images& images, const Results& results) {
  std::string text = prune::to_string(results.pruning);
  text += osteon::concat("\n", results.pruning.prunable_nonzero, " of ", results.pruning.prunable,
                         " prunable weights are left (", 100 * results.pruning.sparsity(),
                         " % removed); ", results.pruning.nonzero, " of all ",
                         results.pruning.parameters, " parameters\n\n");
  text += detail::part_text("validation", *results.val, images, results.rule);
  if (results.test) text += detail::part_text("test", *results.test, images, results.rule);
  text +=
      "Thresholds and temperature were chosen on the validation images, which flatters their "
      "figures there.\n";
  if (!options.data.empty()) {
    text += to_string(faults(options, images));
    text += osteon::concat(images.source, ": ", images.exact_duplicates,
                           " files repeat another byte for "
                           "byte; ",
                           images.groups, " groups share nothing\n");
  }
  text += detail::leak_warning(images, "validation", images.val);
  if (!images.test.empty()) text += detail::leak_warning(images, "test", images.test);
  return text;
}

/// Adds the decision rule and the accuracies to a model's metadata.
inline void describe(const Results& results, io::Metadata& metadata) {
  train::store({.temperature = results.rule.temperature.value,
                .sensitivity = results.rule.sensitivity,
                .specificity = results.rule.specificity},
               metadata);
  metadata["val_accuracy"] = osteon::concat(results.val->accuracy.estimate);
  if (results.test) metadata["test_accuracy"] = osteon::concat(results.test->accuracy.estimate);
}

/// With a test part in every fold.
inline std::vector<FoldMetric> over_folds(std::span<const Results> folds) {
  std::vector<FoldMetric> metrics;
  const auto add = [&](const char* name, auto value_of) {
    FoldMetric metric{name, {}};
    for (const Results& fold : folds) metric.values.push_back(value_of(*fold.test));
    for (const double value : metric.values) metric.mean += value;
    const auto count = static_cast<double>(folds.size());
    metric.mean /= count;
    double squares = 0;
    for (const double v : metric.values) squares += (v - metric.mean) * (v - metric.mean);
    metric.deviation = std::sqrt(squares / (count - 1));
    metrics.push_back(std::move(metric));
  };
  add("accuracy", [](const Scores& s) { return s.accuracy.estimate; });
  add("sensitivity", [](const Scores& s) { return s.sensitivity.estimate; });
  add("specificity", [](const Scores& s) { return s.specificity.estimate; });
  add("auc", [](const Scores& s) { return s.auc.estimate; });
  add("average_precision", [](const Scores& s) { return s.average_precision; });
  add("mcc", [](const Scores& s) { return s.matthews_correlation; });
  add("kappa", [](const Scores& s) { return s.cohen_kappa; });
  add("ece", [](const Scores& s) { return s.calibration_error; });
  add("brier", [](const Scores& s) { return s.brier; });
  return metrics;
}

/// A line for each.
inline std::string to_string(std::span<const FoldMetric> metrics) {
  std::string text = metrics.empty()
                         ? ""
                         : osteon::concat("test parts of ", metrics.front().values.size(),
                                          " folds: mean, standard deviation\n");
  for (const FoldMetric& metric : metrics)
    text += detail::formatted("  %-18s %.4f  %.4f\n", metric.name.c_str(), metric.mean,
                              metric.deviation);
  return text;
}

}  // namespace fracture
