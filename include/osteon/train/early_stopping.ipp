// Definitions of early_stopping.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/train/early_stopping.hpp>

namespace osteon::train {

OSTEON_INLINE Verdict EarlyStopping::step(double value) {
  ++epochs_;
  if (improves(value)) {
    best_value_ = value;
    best_epoch_ = epochs_;
    return Verdict::improved;
  }
  return epochs_without_improvement() >= options_.patience ? Verdict::stop : Verdict::keep_going;
}

OSTEON_INLINE bool EarlyStopping::improves(double value) const {
  if (best_epoch_ == 0) return value == value;  // anything but NaN
  return options_.goal == Goal::minimize ? value < best_value_ - options_.min_delta
                                         : value > best_value_ + options_.min_delta;
}

}  // namespace osteon::train
