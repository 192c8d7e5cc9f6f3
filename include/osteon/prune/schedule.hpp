// How the kept share falls from 1 to its end over the iterations of a pruning run.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/shape.hpp>

#include <cmath>

namespace osteon::prune {

enum class Schedule {
  exponential,  // keep^(k / n): the same ratio at every step (SynFlow's)
  linear,       // 1 - (1 - keep) k / n: the same number at every step
};

/// The share of weights that iteration k of n (k = 1 .. n) leaves; exactly `keep` at the end.
[[nodiscard]] inline double kept_share(Schedule schedule, double keep, int k, int n) {
  if (k == n) return keep;
  const double progress = static_cast<double>(k) / n;
  return schedule == Schedule::exponential ? std::pow(keep, progress) : 1 - (1 - keep) * progress;
}

/// The number of `total` weights that a share leaves: total - floor((1 - share) total).
[[nodiscard]] inline Index kept_count(Index total, double share) {
  return total - static_cast<Index>((1 - share) * static_cast<double>(total));
}

/// Fails unless the sparsity is in [0, 1) and there is at least one iteration.
inline void check_target(double sparsity, int iterations) {
  require(sparsity >= 0 && sparsity < 1, "the sparsity must be at least 0 and below 1, but is ",
          sparsity, "; 0.95 removes 95 % of the prunable weights");
  require(iterations >= 1, "pruning needs at least 1 iteration, not ", iterations);
}

}  // namespace osteon::prune
