// Definitions of schedule.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/prune/schedule.hpp>

#include <cmath>

namespace osteon::prune {

OSTEON_INLINE double kept_share(Schedule schedule, double keep, int k, int n) {
  if (k == n) return keep;
  const double progress = static_cast<double>(k) / n;
  return schedule == Schedule::exponential ? std::pow(keep, progress) : 1 - (1 - keep) * progress;
}

OSTEON_INLINE void check_target(double sparsity, int iterations) {
  require(sparsity >= 0 && sparsity < 1, "the sparsity must be at least 0 and below 1, but is ",
          sparsity, "; 0.95 removes 95 % of the prunable weights");
  require(iterations >= 1, "pruning needs at least 1 iteration, not ", iterations);
}

}  // namespace osteon::prune
