// Definitions of history.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/train/history.hpp>

#include <array>
#include <cstdio>
#include <span>
#include <string>

namespace osteon::train {

OSTEON_INLINE std::string history_csv(std::span<const EpochRecord> history) {
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

}  // namespace osteon::train
