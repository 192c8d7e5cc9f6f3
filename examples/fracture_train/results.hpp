// What a run leaves behind, and what it prints.
#pragma once

#include <osteon/io/model_state.hpp>
#include <osteon/io/weight_report.hpp>
#include <osteon/prune/report.hpp>
#include <osteon/train/history.hpp>

#include "images.hpp"
#include "network.hpp"
#include "options.hpp"
#include "scores.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fracture {

namespace prune = osteon::prune;

inline constexpr const char* best_model = "best_fracture_model.safetensors";
inline constexpr const char* final_model = "fracture_detector_final.safetensors";

/// Everything that the network itself is not needed for.
struct Results {
  prune::Report pruning;  // recounted from the saved file
  double pruning_seconds = 0;
  std::uintmax_t file_bytes = 0;
  double inference_milliseconds = 0;           // one image, median
  std::string data_digest;                     // SHA-256 of the images and their parts
  std::optional<io::WeightReport> pretrained;  // of options.weights; none in a resumed run
  train::FitResult training;
  DecisionRule rule;
  std::optional<Scores> val;
  std::optional<Scores> test;
};

/// Of numbers as the model file holds them, float32.
inline std::int64_t value_bytes(osteon::Index count) { return std::int64_t{4} * count; }

/// Fails before hours of training if a figure could not be drawn after them.
void check_figures_can_be_drawn();

/// A model file, as io::save_model and load_model write and read it.
void save(const std::filesystem::path& path, Network& network, const io::Metadata& metadata);
io::Metadata load(const std::filesystem::path& path, Network& network);
/// As io::load_weights: from any file of weights, as far as they fit.
io::WeightReport load_weights(const std::filesystem::path& path, Network& network);

/// What is left of the weights.
prune::Report count(Network& network);

/// metrics.json, report.txt with `text`, report.html and the figures, each written atomically into
/// options.out.
void write(const Options& options, const Images& images, const Results& results,
           const std::string& text);

/// A metric of the test parts of a cross-validation.
struct FoldMetric {
  std::string name;
  std::vector<double> values;
  double mean = 0;
  double deviation = 0;  // of the sample: divided by one fewer than the folds
};

/// summary.json and report.html.
void write_folds(const Options& options, const Images& images, std::span<const FoldMetric> metrics);

}  // namespace fracture
