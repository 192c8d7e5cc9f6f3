// The curves of a run, as charts.
#pragma once

#include <osteon/io/svg_chart.hpp>
#include <osteon/train/binary_metrics.hpp>
#include <osteon/train/calibration.hpp>
#include <osteon/train/history.hpp>
#include <osteon/train/ranking.hpp>

#include "report.hpp"
#include "results.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace fracture {

/// Loss and accuracy of each epoch; none before the first epoch has ended.
inline std::vector<io::LineChart> learning_curves(const train::FitResult& fit) {
  if (fit.history.empty()) return {};
  const bool few = fit.history.size() <= 30;
  const auto chart = [&](const char* title, double train::EpochRecord::*train_value,
                         double train::EpochRecord::*val_value, bool percent) {
    io::ChartSeries training{"training", {}, {}, io::SeriesStyle::dashed, 2};
    io::ChartSeries validation{"validation", {}, {}, io::SeriesStyle::line, 1};
    if (few) training.style = io::SeriesStyle::dashed_and_points;
    if (few) validation.style = io::SeriesStyle::line_and_points;
    io::ChartSeries best{"best epoch", {}, {}, io::SeriesStyle::points, 0};
    for (const train::EpochRecord& record : fit.history) {
      training.x.push_back(record.epoch);
      training.y.push_back(record.*train_value);
      validation.x.push_back(record.epoch);
      validation.y.push_back(record.*val_value);
      if (record.epoch != fit.best_epoch) continue;
      best.x.push_back(record.epoch);
      best.y.push_back(record.*val_value);
    }
    return io::LineChart{title,
                         {.label = "epoch", .whole = true},
                         {.percent = percent},
                         {std::move(training), std::move(validation), std::move(best)}};
  };
  return {chart("Loss", &train::EpochRecord::train_loss, &train::EpochRecord::val_loss, false),
          chart("Accuracy", &train::EpochRecord::train_accuracy, &train::EpochRecord::val_accuracy,
                true)};
}

/// ROC and precision-recall of both parts, with the operating points on the last.
inline std::vector<io::LineChart> ranking_curves(const Results& results) {
  const auto share = [](const char* label) {
    return io::ChartAxis{.label = label, .from = 0, .to = 1, .percent = true};
  };
  const Scores& scored = results.test ? *results.test : *results.val;
  const train::ConfusionMatrix& matrix = scored.answers.confusion;
  const double positives = static_cast<double>(matrix.support(results.rule.positive)) /
                           static_cast<double>(matrix.total());
  const auto by_chance = [](double from, double to) {
    return io::ChartSeries{"", {0, 1}, {from, to}, io::SeriesStyle::dashed, 0};
  };
  io::LineChart roc{"ROC", share("false positive rate"), share("sensitivity"), {by_chance(0, 1)}};
  io::LineChart precision_recall{"Precision and recall",
                                 share("recall"),
                                 share("precision"),
                                 {by_chance(positives, positives)}};
  const auto add = [&](const Scores& scores, const char* name, io::SeriesStyle style, int color) {
    const auto p =
        detail::predictions(scores.answers, results.rule.positive, results.rule.temperature.value);
    auto r = train::roc_curve(p.labels, p.scores);
    roc.series.push_back(
        {name, std::move(r.false_positive_rate), std::move(r.true_positive_rate), style, color});
    auto c = train::precision_recall_curve(p.labels, p.scores);
    precision_recall.series.push_back(
        {name, std::move(c.recall), std::move(c.precision), style, color});
  };
  if (results.test) {
    add(*results.val, "validation", io::SeriesStyle::dashed, 2);
    add(*results.test, "test", io::SeriesStyle::line, 1);
  } else {
    add(*results.val, "validation", io::SeriesStyle::line, 1);
  }
  const auto p =
      detail::predictions(scored.answers, results.rule.positive, results.rule.temperature.value);
  const auto mark = [&](const char* name, const train::OperatingPoint& point, int color) {
    const auto precision =
        train::positive_predictive_value(train::confusion_at(p.labels, p.scores, point.threshold));
    const auto style = io::SeriesStyle::points;
    roc.series.push_back({name, {1 - point.specificity}, {point.sensitivity}, style, color});
    precision_recall.series.push_back({name, {point.sensitivity}, {precision}, style, color});
  };
  mark("for sensitivity", scored.at_sensitivity, 0);
  mark("for specificity", scored.at_specificity, 1);
  return {std::move(roc), std::move(precision_recall)};
}

/// The frequency of the positive class over its probability, before and after the temperature.
inline io::LineChart reliability_diagram(const Results& results) {
  const Scores& scores = results.test ? *results.test : *results.val;
  const auto bins = [&](const char* name, double temperature, int color) {
    io::ChartSeries series{name, {}, {}, io::SeriesStyle::points, color};
    const auto p = detail::predictions(scores.answers, results.rule.positive, temperature);
    for (const train::ReliabilityBin& bin : train::reliability_bins(p.labels, p.scores)) {
      if (bin.count == 0) continue;
      series.x.push_back(bin.mean_probability);
      series.y.push_back(bin.frequency);
      const double part = static_cast<double>(bin.count) / static_cast<double>(p.labels.size());
      series.radius.push_back(2 + 14 * std::sqrt(part));
    }
    return series;
  };
  io::LineChart chart{
      results.test ? "Reliability on the test images" : "Reliability on the validation images",
      {.label = "mean probability", .from = 0, .to = 1, .percent = true},
      {.label = "share that is positive", .from = 0, .to = 1, .percent = true},
      {{"", {0, 1}, {0, 1}, io::SeriesStyle::dashed, 0}, bins("before", 1, 2)}};
  if (!results.rule.temperature.at_limit)
    chart.series.push_back(bins("after the temperature", results.rule.temperature.value, 1));
  return chart;
}

inline std::string temperature_sentence(const DecisionRule& rule) {
  if (rule.temperature.at_limit)
    return "No temperature makes the validation images likeliest, so the probabilities stay as the "
           "network gives them.";
  return detail::formatted(
      "Probabilities are those of softmax(logits / %.3g), the temperature that makes the "
      "validation "
      "images likeliest.",
      rule.temperature.value);
}

}  // namespace fracture
