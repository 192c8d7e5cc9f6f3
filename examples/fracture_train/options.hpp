// What the user asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace fracture {

/// The sizes that are compiled in; each is a network type of its own.
inline constexpr std::array image_sizes{64, 128, 224};

struct Options {
  std::filesystem::path data;  // empty: the synthetic radiographs
  std::filesystem::path out = "out";
  bool resume = false;     // go on with the run in out
  bool overwrite = false;  // replace the run in out
  double checkpoint_seconds = 300;
  std::filesystem::path evaluate;  // a saved model to score instead of training
  std::filesystem::path weights;   // pretrained weights to start from
  int image_size = 224;
  std::string positive;  // the class to find; empty: "fractured", or else the first

  std::string split = "notebook";  // notebook, published, stratified or grouped
  double val = 0.15;               // shares of the last two
  double test = 0.15;
  int folds = 0;  // cross-validation; 0: none
  int fold = -1;  // which one; -1: all, one after another

  int epochs = 30;
  int patience = 3;
  std::string monitor = "accuracy";
  std::size_t batch = 64;
  double learning_rate = 1e-3;
  std::string schedule = "constant";
  std::string optimizer = "adam";
  double weight_decay = -1;  // below 0: AdamW's 0.01, otherwise none
  double label_smoothing = 0;
  std::string balance = "none";

  std::string augment = "none";
  // Amounts as in data::AugmentOptions; below 0: as `augment` says.
  double flip = -1, degrees = -1, translate = -1, scale = -1, brightness = -1, contrast = -1,
         noise = -1;
  bool test_time_flips = false;

  double sparsity = 0.95;
  int prune_iterations = 100;
  std::string pruner = "synflow";

  std::string truncated = "use";
  std::uint64_t seed = 42;
  std::string device = "cpu";
  std::string precision = "fp32";
  int threads = 0;  // 0: one per processor
  bool winograd = true;
  std::size_t limit = 0;  // 0: all images
  std::string command;    // to be typed again, for the report
};

inline constexpr const char* program_version = "0.1.0";

/// Parses the command line. On --help, --version or a mistake, prints what there is to say and
/// returns the status to exit with.
std::optional<int> parse(int argc, char** argv, Options& options);

}  // namespace fracture
