// metrics.json and its relations: what a run found, for programs.
#pragma once

#include <osteon/io/json.hpp>

#include "figures.hpp"
#include "page_facts.hpp"
#include "results.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fracture {

using osteon::io::Json;

namespace detail {

struct Member {
  const char* name;
  Json value;
};
[[nodiscard]] inline Json object(std::initializer_list<Member> members) {
  Json result = Json::object();
  for (const Member& member : members) result[member.name] = member.value;
  return result;
}

[[nodiscard]] inline Json bounds(const train::Interval& interval) {
  return Json::array({interval.lower, interval.upper});
}

/// A point of the rule, or what it gives on a part; `reached`: train::is_reached() of the rule's.
/// JSON has no infinity: the threshold of "never positive" is null.
[[nodiscard]] inline Json to_json(const train::OperatingPoint& point, bool reached) {
  return object({{"threshold", point.threshold},
                 {"sensitivity", point.sensitivity},
                 {"specificity", point.specificity},
                 {"reached", reached}});
}

[[nodiscard]] inline Json points_json(const DecisionRule& rule, const Scores& s) {
  return object({{"sensitivity", to_json(s.at_sensitivity, is_reached(rule.sensitivity))},
                 {"specificity", to_json(s.at_specificity, is_reached(rule.specificity))}});
}

[[nodiscard]] inline Json confusion_json(const train::ConfusionMatrix& matrix) {
  Json rows = Json::array();
  for (std::size_t truth = 0; truth < matrix.classes(); ++truth) {
    Json row = Json::array();
    for (std::size_t k = 0; k < matrix.classes(); ++k) row.push_back(matrix(truth, k));
    rows.push_back(std::move(row));
  }
  return rows;
}

[[nodiscard]] inline Json classes_json(const train::ConfusionMatrix& matrix,
                                       const std::vector<std::string>& classes) {
  Json result = Json::object();
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const train::ClassScores scores = matrix.scores(k);
    result[classes[k]] = object({{"precision", scores.precision},
                                 {"recall", scores.recall},
                                 {"f1", scores.f1},
                                 {"support", scores.support}});
  }
  return result;
}

[[nodiscard]] inline Json unrelated_json(const Unrelated& of,
                                         const std::vector<std::string>& classes) {
  Json per_class = Json::object();
  for (std::size_t k = 0; k < classes.size(); ++k) per_class[classes[k]] = of.per_class[k];
  return object({{"images", of.images()},
                 {"per_class", std::move(per_class)},
                 {"accuracy", of.accuracy.estimate},
                 {"majority_accuracy", of.majority_accuracy()},
                 {"ci95", object({{"accuracy", bounds(of.accuracy)}})}});
}

[[nodiscard]] inline Json to_json(const Scores& s, const std::vector<std::string>& classes,
                                  const DecisionRule& rule) {
  const train::ConfusionMatrix& matrix = s.answers.confusion;
  return object({{"images", matrix.total()},
                 {"groups", s.groups},
                 {"accuracy", s.accuracy.estimate},
                 {"majority_accuracy", matrix.majority_accuracy()},
                 {"loss", s.answers.loss},
                 {"sensitivity", s.sensitivity.estimate},
                 {"specificity", s.specificity.estimate},
                 {"ppv", s.positive_predictive_value},
                 {"npv", s.negative_predictive_value},
                 {"auc", s.auc.estimate},
                 {"average_precision", s.average_precision},
                 {"mcc", s.matthews_correlation},
                 {"kappa", s.cohen_kappa},
                 {"ece", s.calibration_error},
                 {"brier", s.brier},
                 {"calibrated",
                  object({{"ece", s.calibrated_calibration_error}, {"brier", s.calibrated_brier}})},
                 {"ci95", object({{"accuracy", bounds(s.accuracy)},
                                  {"sensitivity", bounds(s.sensitivity)},
                                  {"specificity", bounds(s.specificity)},
                                  {"auc", bounds(s.auc)}})},
                 {"unrelated", unrelated_json(s.unrelated, classes)},
                 {"operating_points", points_json(rule, s)},
                 {"confusion", confusion_json(matrix)},
                 {"classes", classes_json(matrix, classes)}});
}

/// Of the images, whatever the split; `key` says of what `digest` is.
[[nodiscard]] inline Json audit_json(const Images& images, const char* key,
                                     const std::string& digest) {
  return object({{"source", images.source},
                 {"classes", images.classes()},
                 {"positive_class", images.classes()[images.positive]},
                 {key, digest},
                 {"audited", images.audited},
                 {"files", images.report.files},
                 {"decoded", images.report.decoded},
                 {"truncated", images.report.truncated.size()},
                 {"truncated_files", images.report.truncated},
                 {"unreadable", images.report.unreadable.size()},
                 {"unreadable_files", images.report.unreadable},
                 {"skipped", images.report.skipped},
                 {"stray", images.stray.size()},
                 {"stray_files", images.stray},
                 {"unlabelled", images.unlabelled.size()},
                 {"unlabelled_files", images.unlabelled},
                 {"exact_duplicates", images.exact_duplicates},
                 {"near_repeats", images.near_repeats},
                 {"conflicting", images.conflicting},
                 {"groups", images.groups}});
}

[[nodiscard]] inline Json data_json(const Images& images, const std::string& digest) {
  const auto shared = [&](const auto& part, auto what) -> Json {
    return part.empty() ? Json() : Json(also_in_train(images, part, what));
  };
  Json data = audit_json(images, "sha256", digest);
  data.update(object({{"train", images.train.size()},
                      {"val", images.val.size()},
                      {"test", images.test.size()},
                      {"val_files_also_in_train", shared(images.val, &Images::content)},
                      {"val_files_related_to_train", shared(images.val, &Images::group)},
                      {"test_files_also_in_train", shared(images.test, &Images::content)},
                      {"test_files_related_to_train", shared(images.test, &Images::group)}}));
  return data;
}

/// What became of each tensor of options.weights; null without them. A resumed run, which did not
/// load them itself, knows their file alone.
[[nodiscard]] inline Json pretrained_json(const Options& options, const Results& results) {
  if (options.weights.empty()) return {};
  Json of = object({{"file", options.weights.string()}});
  if (!results.pretrained) return of;
  const io::WeightReport& report = *results.pretrained;
  Json reshaped = Json::array(), folded = Json::array();
  for (const io::ReshapedTensor& tensor : report.reshaped)
    reshaped.push_back(object(
        {{"name", tensor.name}, {"in_file", tensor.in_file}, {"in_network", tensor.in_network}}));
  for (const auto& [convolution, bias] : report.folded_biases) folded.push_back(convolution);
  of.update(object({{"complete", report.complete()},
                    {"loaded", report.loaded},
                    {"missing", report.missing},
                    {"reshaped", reshaped},
                    {"folded", folded},
                    {"unexpected", report.unexpected}}));
  return of;
}

[[nodiscard]] inline Json model_json(const Options& options, const Results& results) {
  const prune::Report& report = results.pruning;
  Json layers = Json::array();
  for (const prune::LayerDensity& layer : report.layers) {
    layers.push_back(object({{"name", layer.name},
                             {"weights", layer.size},
                             {"nonzero", layer.nonzero},
                             {"density", layer.density()},
                             {"macs_dense", layer.macs_dense},
                             {"macs_kept", layer.macs_kept}}));
  }
  return object({{"network", "resnet18"},
                 {"image_size", options.image_size},
                 {"pretrained", pretrained_json(options, results)},
                 {"pruner", options.pruner},
                 {"parameters", report.parameters},
                 {"nonzero", report.nonzero},
                 {"prunable", report.prunable},
                 {"prunable_nonzero", report.prunable_nonzero},
                 {"sparsity", report.sparsity()},
                 {"macs_dense", report.macs_dense},
                 {"macs_kept", report.macs_kept},
                 {"value_bytes_dense", value_bytes(report.parameters)},
                 {"value_bytes_kept", value_bytes(report.nonzero)},
                 {"file_bytes", results.file_bytes},
                 {"inference_milliseconds", results.inference_milliseconds},
                 {"pruning_seconds", results.pruning_seconds},
                 {"layers", layers}});
}

[[nodiscard]] inline Json training_json(const train::FitResult& fit) {
  return object({{"epochs", fit.history.size()},
                 {"best_epoch", fit.best_epoch},
                 {"interrupted", fit.interrupted},
                 {"images_per_second", fit.images_per_second},
                 {"seconds", fit.seconds}});
}

[[nodiscard]] inline Json rule_json(const DecisionRule& rule) {
  return object({{"temperature", rule.temperature.value},
                 {"temperature_at_limit", rule.temperature.at_limit},
                 {"sensitivity", to_json(rule.sensitivity, is_reached(rule.sensitivity))},
                 {"specificity", to_json(rule.specificity, is_reached(rule.specificity))}});
}

/// Null where it was not given.
[[nodiscard]] inline Json amount(double given) { return given < 0 ? Json() : Json(given); }

}  // namespace detail

/// What decides about the results.
[[nodiscard]] inline Json options_json(const Options& o) {
  using detail::amount;
  using detail::object;
  return object({{"data", o.data.string()},
                 {"image_size", o.image_size},
                 {"positive", o.positive.empty() ? Json() : Json(o.positive)},
                 {"split", o.split},
                 {"val", o.val},
                 {"test", o.test},
                 {"folds", o.folds},
                 {"epochs", o.epochs},
                 {"patience", o.patience},
                 {"monitor", o.monitor},
                 {"batch", o.batch},
                 {"lr", o.learning_rate},
                 {"schedule", o.schedule},
                 {"optimizer", o.optimizer},
                 {"weight_decay", amount(o.weight_decay)},
                 {"label_smoothing", o.label_smoothing},
                 {"balance", o.balance},
                 {"augment", o.augment},
                 {"flip", amount(o.flip)},
                 {"degrees", amount(o.degrees)},
                 {"translate", amount(o.translate)},
                 {"scale", amount(o.scale)},
                 {"brightness", amount(o.brightness)},
                 {"contrast", amount(o.contrast)},
                 {"noise", amount(o.noise)},
                 {"test_time_flips", o.test_time_flips},
                 {"sparsity", o.sparsity},
                 {"prune_iterations", o.prune_iterations},
                 {"pruner", o.pruner},
                 {"truncated", o.truncated},
                 {"seed", o.seed},
                 {"device", o.device},
                 {"precision", o.precision},
                 {"threads", o.threads},
                 {"winograd", o.winograd},
                 {"weights", o.weights.string()},
                 {"limit", o.limit}});
}

/// Of a run, for metrics.json.
[[nodiscard]] inline Json metrics_json(const Options& options, const Images& images,
                                       const Results& results) {
  using namespace detail;
  Json metrics = object({{"command", options.command},
                         {"options", options_json(options)},
                         {"data", data_json(images, results.data_digest)},
                         {"model", model_json(options, results)},
                         {"training", training_json(results.training)},
                         {"decision", rule_json(results.rule)},
                         {"val", to_json(*results.val, images.classes(), results.rule)}});
  if (results.test) metrics["test"] = to_json(*results.test, images.classes(), results.rule);
  return metrics;
}

/// Of a cross-validation, for summary.json; `digest` is of the images, without their parts.
[[nodiscard]] inline Json folds_json(const Options& options, const Images& images,
                                     const std::string& digest,
                                     std::span<const FoldMetric> metrics) {
  using namespace detail;
  Json test = Json::object();
  for (const FoldMetric& metric : metrics) {
    test[metric.name] =
        object({{"mean", metric.mean}, {"std", metric.deviation}, {"folds", metric.values}});
  }
  Json provenance = Json::object();
  for (const Fact& fact : program_facts(options)) provenance[fact.name] = fact.text;
  return object({{"command", options.command},
                 {"options", options_json(options)},
                 {"data", audit_json(images, "images_sha256", digest)},
                 {"provenance", provenance},
                 {"test", test}});
}

}  // namespace fracture
