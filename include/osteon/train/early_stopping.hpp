// Stops training when the validation score has ceased to improve.
#pragma once

#include <cstdint>

namespace osteon::train {

/// Which way the watched value should go.
enum class Goal : std::uint8_t {
  minimize,  ///< a loss
  maximize,  ///< an accuracy
};

struct EarlyStoppingOptions {
  int patience = 3;      ///< epochs without improvement before stopping
  double min_delta = 0;  ///< what counts as improvement is more than this
  Goal goal = Goal::minimize;
};

/// What an epoch means for the training.
enum class Verdict : std::uint8_t {
  improved,    ///< the best so far: save it
  keep_going,  ///< no better, but patience isn't used up
  stop,        ///< `patience` epochs in a row were no better
};

/// Keras's rule (tf.keras.callbacks.EarlyStopping): training stops at the end of the `patience`-th
/// epoch in a row that doesn't improve on the best value. A NaN never improves.
class EarlyStopping {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {}) : options_(options) {}

  /// Takes the value of the next epoch.
  Verdict step(double value);

  [[nodiscard]] int epochs() const { return epochs_; }
  /// Counted from 1; 0 before the first improvement.
  [[nodiscard]] int best_epoch() const { return best_epoch_; }
  /// The value of the best epoch; meaningless while best_epoch() is 0.
  [[nodiscard]] double best_value() const { return best_value_; }
  [[nodiscard]] int epochs_without_improvement() const { return epochs_ - best_epoch_; }

 private:
  [[nodiscard]] bool improves(double value) const;

  EarlyStoppingOptions options_;
  int epochs_ = 0;
  int best_epoch_ = 0;
  double best_value_ = 0;
};

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/early_stopping.ipp>
#endif
