// What happened in each epoch, and the file history.csv.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/atomic_file.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace osteon::train {

/// One epoch. Losses are means over examples, accuracies shares in [0, 1].
struct EpochRecord {
  int epoch = 0;  ///< counted from 1
  double train_loss = 0;
  double train_accuracy = 0;
  double val_loss = 0;
  double val_accuracy = 0;
  double learning_rate = 0;
  double seconds = 0;            ///< training and validation
  double images_per_second = 0;  ///< of the training alone
};

/// What fit() did.
struct FitResult {
  std::vector<EpochRecord> history;
  int best_epoch = 0;  // from 1; 0 when not even the first epoch was completed
  double seconds = 0;
  /// Of the training alone, over all epochs.
  double images_per_second = 0;
  bool interrupted = false;
};

/// Comma-separated values, one line per epoch, seven significant digits.
[[nodiscard]] std::string history_csv(std::span<const EpochRecord> history);

/// Writes history.csv atomically: after every epoch, so that a run that is cut off keeps it.
inline void write_history(const std::filesystem::path& path, std::span<const EpochRecord> history) {
  io::write_file(path, history_csv(history));
}

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/history.ipp>
#endif
