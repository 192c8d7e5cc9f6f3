// The run's checkpoints: saved as it goes, found again by --resume.
#pragma once

#include <osteon/io/training_state.hpp>
#include <osteon/train/checkpoint.hpp>

#include "images.hpp"
#include "network.hpp"
#include "options.hpp"

#include <memory>
#include <string>
#include <utility>

namespace osteon::io {
class SafetensorsFile;
}

namespace fracture {

/// checkpoint.safetensors in options.out while the run is unfinished, with the one before beside
/// it; finished.safetensors afterwards. `options` must outlive it.
class Checkpoints {
 public:
  /// Looks for what --resume goes on from. Throws osteon::Error on a run that is neither to be
  /// resumed nor overwritten, on a run of other options, and on damage.
  explicit Checkpoints(const Options& options);
  /// Where the run starts, for the terminal.
  void say() const;

  /// The run that was asked to go on has ended.
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] bool resumes() const { return file_ != nullptr; }
  /// Call before begin(). Throws osteon::Error if the run was one on other images.
  void check(const Images& images);
  /// The SHA-256 of the images as the network sees them, and of what each is used for. After
  /// check().
  [[nodiscard]] const std::string& data_digest() const { return data_; }

  /// Saves the pruned network; or, when it resumes, reads network, optimizer and mask. Returns
  /// where the training starts. Network::learner() has been called.
  osteon::train::Checkpoint begin(Network& network);
  void save(Network& network, const osteon::train::Checkpoint& checkpoint);
  /// After the last result has been written.
  void finish();

  /// How long pruning took: read when it resumes, to be set otherwise.
  double pruning_seconds = 0;

 private:
  osteon::train::Checkpoint restore(osteon::io::TrainingState<float>& state);
  void check_options() const;

  const Options& options_;
  std::string data_;  // the digest of the images and their parts
  std::string source_;
  std::shared_ptr<const osteon::io::SafetensorsFile> file_;
  bool finished_ = false;
  bool continues_ = false;  // a run that was finished, for more epochs
  bool replaces_ = false;   // an earlier run's checkpoints
};

}  // namespace fracture
