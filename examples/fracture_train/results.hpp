// What a run leaves behind, and what it prints.
#pragma once

#include <osteon/io/model_state.hpp>
#include <osteon/prune/report.hpp>
#include <osteon/train/trainer.hpp>

#include "images.hpp"
#include "options.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fracture {

/// Everything that the network's type is not needed for.
struct Results {
  osteon::prune::Report pruning;  // recounted from the saved file
  double pruning_seconds = 0;
  std::uintmax_t file_bytes = 0;
  double inference_milliseconds = 0;  // one image, median
  osteon::train::FitResult training;
  osteon::train::Evaluation val{0, osteon::train::ConfusionMatrix(2)};
  std::optional<osteon::train::Evaluation> test;
  std::vector<float> val_probabilities;  // (images.val, classes)
};

/// The saved model, as osteon::io::save_model and load_model write and read it: here, so that only
/// one source compiles the file format.
void save(const std::filesystem::path& path, const osteon::io::ModelState<const float>& state,
          const osteon::io::Metadata& metadata);
osteon::io::Metadata load(const std::filesystem::path& path, osteon::io::ModelState<float>& state);

/// As io::load_model, through load().
template <class Model>
osteon::io::Metadata load_model(const std::filesystem::path& path, Model& model) {
  auto state = osteon::io::state_of(model);
  auto metadata = load(path, state);
  model.set_batches_tracked(state.batches_tracked);
  return metadata;
}

/// What decides about the results, as a JSON object.
std::string options_text(const Options& options);

/// The best model so far.
inline std::filesystem::path best_model_path(const Options& options) {
  return options.out / "best_fracture_model.safetensors";
}

/// Fails before hours of training if a figure could not be drawn after them.
void check_figures_can_be_drawn();

/// metrics.json, report.txt and the figures, each written atomically into options.out.
void write(const Options& options, const Images& images, const Results& results);

/// The classification reports and the table of layers, for the terminal and report.txt.
std::string summary(const Options& options, const Images& images, const Results& results);

}  // namespace fracture
