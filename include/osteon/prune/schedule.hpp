// How the kept share falls from 1 to its end over the iterations of a pruning run.
#pragma once

#include <osteon/core/shape.hpp>

namespace osteon::prune {

enum class Schedule {
  exponential,  // keep^(k / n): the same ratio at every step (SynFlow's)
  linear,       // 1 - (1 - keep) k / n: the same number at every step
};

/// The share of weights that iteration k of n (k = 1 .. n) leaves; exactly `keep` at the end.
[[nodiscard]] double kept_share(Schedule schedule, double keep, int k, int n);

/// The number of `total` weights that a share leaves: total - floor((1 - share) total).
[[nodiscard]] inline Index kept_count(Index total, double share) {
  return total - static_cast<Index>((1 - share) * static_cast<double>(total));
}

/// Fails unless the sparsity is in [0, 1) and there is at least one iteration.
void check_target(double sparsity, int iterations);

}  // namespace osteon::prune

#if !defined(OSTEON_COMPILED)
#include <osteon/prune/schedule.ipp>
#endif
