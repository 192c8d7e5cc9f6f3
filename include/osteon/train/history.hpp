// What happened in each epoch, and the file history.csv.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/atomic_file.hpp>

#include <array>
#include <cstdio>
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
[[nodiscard]] inline std::string history_csv(std::span<const EpochRecord> history) {
  std::string text =
      "epoch,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds,"
      "images_per_second\n";
  for (const EpochRecord& record : history) {
    text += std::to_string(record.epoch);
    for (const double value :
         {record.train_loss, record.train_accuracy, record.val_loss, record.val_accuracy,
          record.learning_rate, record.seconds, record.images_per_second}) {
      std::array<char, 32> number;
      std::snprintf(number.data(), number.size(), ",%.7g", value);
      text += number.data();
    }
    text += '\n';
  }
  return text;
}

/// Writes history.csv atomically: after every epoch, so that a run that is cut off keeps it.
inline void write_history(const std::filesystem::path& path, std::span<const EpochRecord> history) {
  io::write_file(path, history_csv(history));
}

}  // namespace osteon::train
