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

namespace fracture {

inline constexpr const char* best_model = "best_fracture_model.safetensors";
inline constexpr const char* final_model = "fracture_detector_final.safetensors";

/// Everything that the network itself is not needed for.
struct Results {
  osteon::prune::Report pruning;  // recounted from the saved file
  double pruning_seconds = 0;
  std::uintmax_t file_bytes = 0;
  double inference_milliseconds = 0;  // one image, median
  osteon::io::WeightReport weights;   // empty without --weights
  osteon::train::FitResult training;
  DecisionRule rule;
  std::optional<Scores> val;
  std::optional<Scores> test;
};

/// A model file, as osteon::io::save_model and load_model write and read it.
void save(const std::filesystem::path& path, Network& network,
          const osteon::io::Metadata& metadata);
osteon::io::Metadata load(const std::filesystem::path& path, Network& network);
/// As osteon::io::load_weights: from any file of weights, as far as they fit.
osteon::io::WeightReport load_weights(const std::filesystem::path& path, Network& network);

/// What is left of the weights.
osteon::prune::Report count(Network& network);

/// metrics.json, report.txt and the figures, each written atomically into options.out.
void write(const Options& options, const Images& images, const Results& results);

/// summary.json: what the test parts of a cross-validation gave.
struct FoldMetric;
void write_folds(const Options& options, std::span<const FoldMetric> metrics);

}  // namespace fracture
