// Where a training stands between two steps, apart from the numbers of model and optimizer.
#pragma once

#include <osteon/train/history.hpp>
#include <osteon/train/metrics.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace osteon::train {

/// The batches of an epoch that are done, always the first ones.
struct PartialEpoch {
  std::size_t batches = 0;
  double loss = 0;            ///< summed over their images
  ConfusionMatrix confusion;  ///< of their images
  double seconds = 0;
};

/// All of fit()'s own state: what early stopping knows follows from the history, the order of the
/// samples and their augmentation from seed and epoch.
struct Checkpoint {
  std::vector<EpochRecord> history;     ///< of the epochs that are done
  std::optional<PartialEpoch> partial;  ///< of the next one
  double seconds = 0;                   ///< of everything so far
  double training_seconds = 0;          ///< without validation, of the epochs that are done
};

}  // namespace osteon::train
