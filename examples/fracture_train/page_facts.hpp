// A run as the data of its page.
#pragma once

#include "faults.hpp"
#include "figures.hpp"
#include "machine.hpp"
#include "page.hpp"
#include "page_curves.hpp"
#include "page_pictures.hpp"
#include "results.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace fracture {

namespace detail {

using osteon::concat;

inline Figure interval_figure(std::string name, const std::string& part, const std::string& key,
                              const train::Interval& value) {
  return {std::move(name), concat(part, '.', key),      value.estimate,
          Unit::share,     concat(part, ".ci95.", key), value.lower,
          value.upper};
}

inline PartOfSplit part_of_split(const Images& images, std::string name, const std::string& key,
                                 const std::vector<std::size_t>& part) {
  PartOfSplit result{std::move(name), {}, part.size(), {}, {}};
  for (const auto count : count_classes(images, key, part).counts)
    result.per_class.push_back(static_cast<std::size_t>(count));
  const auto shared = [&](const char* what, auto by) {
    return Figure{"", concat("data.", key, what),
                  static_cast<double>(also_in_train(images, part, by))};
  };
  if (key == "train") return result;
  result.same = shared("_files_also_in_train", &Images::content);
  result.related = shared("_files_related_to_train", &Images::group);
  return result;
}

inline PartScores part_scores(std::string name, const std::string& key, const Scores& s,
                              const DecisionRule& rule, const std::vector<std::string>& classes,
                              const PartOfSplit& part) {
  PartScores result;
  result.name = std::move(name);
  result.key = key;
  result.images = part.images;
  result.groups = s.groups;
  result.same = static_cast<std::size_t>(part.same.value);
  result.related = static_cast<std::size_t>(part.related.value);
  const train::ConfusionMatrix& matrix = s.answers.confusion;
  result.accuracy = interval_figure("accuracy", key, "accuracy", s.accuracy);
  result.majority = {"accuracy of the larger class", key + ".majority_accuracy",
                     matrix.majority_accuracy(), Unit::share};
  const std::string unrelated = key + ".unrelated";
  result.unrelated = interval_figure("", unrelated, "accuracy", s.unrelated.accuracy);
  result.unrelated_majority = {"", unrelated + ".majority_accuracy",
                               s.unrelated.majority_accuracy(), Unit::share};
  result.unrelated_images = s.unrelated.images();
  result.unrelated_classes = class_counts(s.unrelated.per_class, classes);
  result.unrelated_are_enough = s.unrelated.enough();
  const auto add = [&](const char* metric_name, const char* metric, double value, Unit unit) {
    result.figures.push_back({metric_name, concat(key, '.', metric), value, unit});
  };
  result.figures.push_back(interval_figure("sensitivity", key, "sensitivity", s.sensitivity));
  result.figures.push_back(interval_figure("specificity", key, "specificity", s.specificity));
  add("positive predictive value", "ppv", s.positive_predictive_value, Unit::share);
  add("negative predictive value", "npv", s.negative_predictive_value, Unit::share);
  result.figures.push_back(interval_figure("ROC AUC", key, "auc", s.auc));
  result.figures.back().unit = Unit::number;
  add("average precision", "average_precision", s.average_precision, Unit::number);
  add("Matthews correlation", "mcc", s.matthews_correlation, Unit::number);
  add("Cohen's kappa", "kappa", s.cohen_kappa, Unit::number);
  add("loss", "loss", s.answers.loss, Unit::number);
  add("calibration error (ECE)", "ece", s.calibration_error, Unit::number);
  add("ECE after the temperature", "calibrated.ece", s.calibrated_calibration_error, Unit::number);
  add("Brier score", "brier", s.brier, Unit::number);
  add("Brier score after the temperature", "calibrated.brier", s.calibrated_brier, Unit::number);
  const auto add_point = [&](const char* goal, const train::OperatingPoint& chosen,
                             const train::OperatingPoint& point) {
    const std::string at = concat(key, ".operating_points.", goal, '.');
    result.thresholds.push_back({goal,
                                 is_reached(chosen),
                                 {"", at + "threshold", point.threshold, Unit::number},
                                 {"", at + "sensitivity", point.sensitivity, Unit::share},
                                 {"", at + "specificity", point.specificity, Unit::share}});
  };
  add_point("sensitivity", rule.sensitivity, s.at_sensitivity);
  add_point("specificity", rule.specificity, s.at_specificity);
  for (std::size_t truth = 0; truth < matrix.classes(); ++truth) {
    result.confusion.emplace_back();
    for (std::size_t k = 0; k < matrix.classes(); ++k)
      result.confusion.back().push_back(matrix(truth, k));
  }
  return result;
}

/// Markup without a name in it.
inline std::string split_sentence(const Options& options, const Images& images) {
  std::string text = concat("<code>--split ", options.split, "</code>: ");
  if (options.data.empty() && options.split == "published") {
    text = "The images were drawn for the three parts. ";
  } else if (options.split == "notebook") {
    text +=
        "of the folder train alone, 80&nbsp;% to train on and 20&nbsp;% to validate on, each "
        "class in its share, dealt out by chance. Related images may stand on both sides. ";
  } else if (options.split == "published") {
    text += "the folders train, val and test as they came. ";
  } else if (options.split == "stratified") {
    text +=
        "all files dealt out anew by chance, each class in its share. Related images may stand "
        "on both sides. ";
  } else {
    text +=
        "one copy of each file, and whole groups of related images dealt out anew, so that no "
        "two parts share a source. ";
  }
  if (options.folds > 0)
    text +=
        concat("This is fold ", std::max(options.fold, 0), " of 0 to ", options.folds - 1, ". ");
  const std::size_t used = images.train.size() + images.val.size() + images.test.size();
  if (used < images.audited)
    text +=
        concat(images.audited - used, " of the ", images.audited,
               " files are in no part: repeats, unreadable, or left out by <code>--split</code>, "
               "<code>--limit</code> or <code>--truncated</code>. ");
  if (images.test.empty()) text += "There is no test part. ";
  return text + "<code>split.csv</code> lists every file with its part.";
}

inline std::vector<Figure> audit_figures(const Images& images) {
  std::vector<Figure> figures;
  const auto add = [&](const char* name, const char* key, std::size_t value) {
    figures.push_back({name, concat("data.", key), static_cast<double>(value)});
  };
  add("image files in the folder", "audited", images.audited);
  add("image files read for this run", "files", images.report.files);
  add("of them decoded and used", "decoded", images.report.decoded);
  add("cut short", "truncated", images.report.truncated.size());
  add("unreadable", "unreadable", images.report.unreadable.size());
  add("stray files that are no images, in the parts that were read", "stray", images.stray.size());
  add("images in no class folder, there or beside the parts", "unlabelled",
      images.unlabelled.size());
  add("exact repeats: the bytes of an earlier file", "exact_duplicates", images.exact_duplicates);
  add("near repeats: pairs turned, mirrored or saved again", "near_repeats", images.near_repeats);
  add("pictures under two classes", "conflicting", images.conflicting);
  add("groups that share nothing", "groups", images.groups);
  return figures;
}

inline std::string pruning_sentence(const Options& options, const prune::Report& report) {
  const std::string start =
      options.weights.empty() ? "" : concat("Started from ", options.weights.string(), ". ");
  if (report.prunable_nonzero == report.prunable) return start + "Not pruned.";
  return start + formatted("%s removed %.2f %% of the prunable weights before training.",
                           options.pruner == "synflow" ? "SynFlow" : "Magnitude pruning",
                           100 * report.sparsity());
}

/// The last name of the folder's path.
inline std::string short_source(const Options& options, const Images& images) {
  auto folder = options.data.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // a/b/
  const std::string name = folder.filename().string();
  return name.empty() || name == "." || name == ".." ? images.source : name;
}

inline void add_model(Page& page, const Results& results) {
  const prune::Report& report = results.pruning;
  const auto add = [&](const char* name, const char* before, auto all, const char* after,
                       auto left) {
    page.sizes.push_back({name,
                          {"", concat("model.", before), static_cast<double>(all)},
                          {"", concat("model.", after), static_cast<double>(left)}});
  };
  add("parameters", "parameters", report.parameters, "nonzero", report.nonzero);
  add("prunable weights", "prunable", report.prunable, "prunable_nonzero", report.prunable_nonzero);
  add("multiply-accumulates, one image", "macs_dense", report.macs_dense, "macs_kept",
      report.macs_kept);
  add("bytes of the values (float32)", "value_bytes_dense", value_bytes(report.parameters),
      "value_bytes_kept", value_bytes(report.nonzero));
  add("bytes of the model file", "file_bytes", results.file_bytes, "file_bytes",
      results.file_bytes);
  if (report.prunable_nonzero == report.prunable) return;
  for (const prune::LayerDensity& layer : report.layers)
    page.layers.push_back(
        {layer.name, layer.density(), formatted("%.2f %%", 100 * layer.density())});
}

}  // namespace detail

/// Everything that report.html shows.
inline Page page_of(const Options& options, const Images& images, const Results& results) {
  Page page;
  page.network = osteon::concat("ResNet-18, ", options.image_size, " px");
  page.source = detail::short_source(options, images);
  page.pruning = detail::pruning_sentence(options, results.pruning);
  page.split = detail::split_sentence(options, images);
  page.drawn = options.data.empty();
  page.interrupted = results.training.interrupted;
  page.classes = images.classes();
  page.positive = images.classes()[images.positive];
  page.audit = detail::audit_figures(images);
  for (const Fault& fault : faults(options, images))
    page.faults.push_back({fault.title(), fault.listed(", ")});
  page.parts.push_back(detail::part_of_split(images, "train", "train", images.train));
  const auto add = [&](const char* name, const char* key, const auto& part, const Scores& scores) {
    page.parts.push_back(detail::part_of_split(images, name, key, part));
    page.scores.push_back(
        detail::part_scores(name, key, scores, results.rule, page.classes, page.parts.back()));
  };
  add("validation", "val", images.val, *results.val);
  if (results.test) add("test", "test", images.test, *results.test);
  page.samples = detail::sample_pictures(options, images);
  page.curves = learning_curves(results.training);
  page.ranking = ranking_curves(results);
  page.reliability = reliability_diagram(results);
  page.temperature = temperature_sentence(results.rule);
  detail::add_model(page, results);
  detail::add_mistakes(page, images, results.test ? images.test : images.val,
                       results.test ? *results.test : *results.val, results.rule);
  page.command = options.command;
  page.facts = run_facts(options, results);
  return page;
}

}  // namespace fracture
