// What the user asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace fracture {

/// The sizes that are compiled in; each is a network type of its own.
inline constexpr std::array image_sizes{64, 128, 224};

struct Options {
  std::filesystem::path data;  // empty: the synthetic radiographs
  std::filesystem::path out = "out";
  bool resume = false;     // go on with the run in out
  bool overwrite = false;  // replace an unfinished run in out
  double checkpoint_seconds = 300;
  std::filesystem::path evaluate;  // a saved model to score instead of training
  int image_size = 224;
  int epochs = 30;
  int patience = 3;
  std::string monitor = "accuracy";
  std::size_t batch = 64;
  double learning_rate = 1e-3;
  std::string optimizer = "adam";
  double sparsity = 0.95;
  int prune_iterations = 100;
  std::string pruner = "synflow";
  std::string split = "notebook";
  std::string truncated = "use";
  std::uint64_t seed = 42;
  int threads = 0;        // 0: one per processor
  std::size_t limit = 0;  // 0: all images
  std::string command;    // as typed, for the report
};

/// Parses the command line. On --help, --version or a mistake, prints what there is to say and
/// returns false with the exit status.
bool parse(int argc, char** argv, Options& options, int& status);

}  // namespace fracture
