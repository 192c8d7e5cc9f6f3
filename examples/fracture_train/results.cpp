#include "results.hpp"

#include <osteon/io/atomic_file.hpp>
#include <osteon/io/json.hpp>
#include <osteon/io/model_file.hpp>

#include "figures.hpp"

#include <cstdio>
#include <string>

namespace fracture {
namespace {

using namespace osteon;
using io::Json;

Json to_json(const train::Evaluation& score, const std::vector<std::string>& classes) {
  Json confusion = Json::array();
  Json per_class = Json::object();
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    Json row = Json::array();
    for (std::size_t predicted = 0; predicted < classes.size(); ++predicted) {
      row.push_back(score.confusion(truth, predicted));
    }
    confusion.push_back(row);
    const train::ClassScores scores = score.confusion.scores(truth);
    per_class[classes[truth]] = {{"precision", scores.precision},
                                 {"recall", scores.recall},
                                 {"f1", scores.f1},
                                 {"support", scores.support}};
  }
  return {{"images", score.confusion.total()},
          {"accuracy", score.confusion.accuracy()},
          {"majority_accuracy", score.confusion.majority_accuracy()},
          {"loss", score.loss},
          {"confusion", confusion},
          {"classes", per_class}};
}

Json data_json(const Images& images) {
  return {{"source", images.source},
          {"classes", images.dataset.classes},
          {"files", images.report.files},
          {"decoded", images.report.decoded},
          {"truncated", images.report.truncated.size()},
          {"truncated_files", images.report.truncated},
          {"skipped", images.report.skipped},
          {"stray", images.stray},
          {"train", images.train.size()},
          {"val", images.val.size()},
          {"test", images.test.size()}};
}

Json model_json(const Options& options, const Results& results) {
  const prune::Report& report = results.pruning;
  Json layers = Json::array();
  for (const prune::LayerDensity& layer : report.layers) {
    layers.push_back({{"name", layer.name},
                      {"weights", layer.size},
                      {"nonzero", layer.nonzero},
                      {"density", layer.density()},
                      {"macs_dense", layer.macs_dense},
                      {"macs_kept", layer.macs_kept}});
  }
  return {{"network", "resnet18"},
          {"image_size", options.image_size},
          {"pruner", options.pruner},
          {"parameters", report.parameters},
          {"nonzero", report.nonzero},
          {"prunable", report.prunable},
          {"prunable_nonzero", report.prunable_nonzero},
          {"sparsity", report.sparsity()},
          {"macs_dense", report.macs_dense},
          {"macs_kept", report.macs_kept},
          {"file_bytes", results.file_bytes},
          {"inference_milliseconds", results.inference_milliseconds},
          {"pruning_seconds", results.pruning_seconds},
          {"layers", layers}};
}

Json options_json(const Options& o) {
  return {{"data", o.data.string()},  {"image_size", o.image_size},
          {"epochs", o.epochs},       {"patience", o.patience},
          {"monitor", o.monitor},     {"batch", o.batch},
          {"lr", o.learning_rate},    {"optimizer", o.optimizer},
          {"sparsity", o.sparsity},   {"prune_iterations", o.prune_iterations},
          {"pruner", o.pruner},       {"split", o.split},
          {"truncated", o.truncated}, {"seed", o.seed},
          {"threads", o.threads},     {"limit", o.limit}};
}

std::string score_text(const char* title, const train::Evaluation& score,
                       const std::vector<std::string>& classes) {
  return concat(title, ": accuracy ", 100 * score.confusion.accuracy(),
                " % (always the larger class: ", 100 * score.confusion.majority_accuracy(),
                " %), loss ", score.loss, "\n\n",
                train::classification_report(score.confusion, classes), '\n',
                train::confusion_table(score.confusion, classes), '\n');
}

}  // namespace

void save(const std::filesystem::path& path, const io::ModelState<const float>& state,
          const io::Metadata& metadata) {
  io::save_state(path, state, metadata);
}

io::Metadata load(const std::filesystem::path& path, io::ModelState<float>& state) {
  return io::load_state(path, state);
}

std::string options_text(const Options& options) { return options_json(options).dump(); }

std::string summary(const Options& options, const Images& images, const Results& results) {
  const auto& classes = images.dataset.classes;
  std::string text = prune::to_string(results.pruning);
  text +=
      concat("\n", results.pruning.prunable_nonzero, " of ", results.pruning.prunable,
             " prunable weights are left (", 100 * results.pruning.sparsity(), " % removed); ",
             results.pruning.nonzero, " of all ", results.pruning.parameters, " parameters\n\n");
  text += score_text("validation", results.val, classes);
  if (results.test) text += score_text("test", *results.test, classes);
  if (!options.data.empty()) {
    text +=
        "Folders of radiographs often hold the same picture, or turned copies of it, on both "
        "sides of a split. Then these figures measure memory.\n";
  }
  return text;
}

void write(const Options& options, const Images& images, const Results& results) {
  const train::FitResult& fit = results.training;
  Json metrics = {{"command", options.command},
                  {"options", options_json(options)},
                  {"data", data_json(images)},
                  {"model", model_json(options, results)},
                  {"training",
                   {{"epochs", fit.history.size()},
                    {"best_epoch", fit.best_epoch},
                    {"interrupted", fit.interrupted},
                    {"images_per_second", fit.images_per_second},
                    {"seconds", fit.seconds}}},
                  {"val", to_json(results.val, images.dataset.classes)}};
  if (results.test) metrics["test"] = to_json(*results.test, images.dataset.classes);
  draw_figures(options, images, results);
  io::write_file(options.out / "report.txt",
                 concat(options.command, "\n\n", summary(options, images, results)));
  io::write_json(options.out / "metrics.json", metrics);
}

}  // namespace fracture
