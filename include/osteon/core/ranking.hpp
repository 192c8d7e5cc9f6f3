// Weights in the order in which pruning takes them: by score and, where scores are equal, by place,
// so that exactly as many go as were asked for. Every device finds the same ones.
#pragma once

#include <osteon/core/shape.hpp>

#include <limits>

namespace osteon {

/// What a ranking says of a tensor that joins it.
struct Census {
  static constexpr Index none = std::numeric_limits<Index>::max();

  Index kept = 0;           // weights that the mask keeps
  Index nonzero = 0;        // of them, those that do not score 0
  Index not_finite = none;  // the first weight, kept or not, whose score is not finite
};

/// The kept weights of some tensors, in memory of the device:
///
///   Ranking(scores, mask, size)     over `size` weights, each with a score and a byte: 1 is kept;
///                                   no weight is in it yet
///   Census add(begin, end)          the kept weights of the tensor [begin, end) join
///   void spare_highest(count)       the `count` highest of the tensor added last leave it: they
///                                   stay whatever else happens
///   void remove_lowest(count)       clears the bytes of the `count` lowest, and ends the ranking
///
/// Counts are of weights that are there. Scores that are not finite must not be ranked.
template <class Device>
class Ranking;

}  // namespace osteon
