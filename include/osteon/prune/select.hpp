// From scores to a mask: which of the weights that are still there go next.
//
// Weights are ordered by (score, layer, flat index), so equal scores never remove more than was
// asked for; what is removed is never revived.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/prune/mask.hpp>
#include <osteon/prune/schedule.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace osteon::prune {

enum class Scope {
  global,  // one ranking over all layers
  layer,   // every layer loses the same share
};

struct SelectionOptions {
  Scope scope = Scope::global;
  /// Leave the last layer dense; it then counts as not prunable.
  bool dense_classifier = false;
  /// At least this share of each layer is kept. SynFlow may remove a shortcut convolution entirely,
  /// because the block beside it still carries the flow; 0.01 prevents that.
  double layer_floor = 0;
};

/// The weight tensors that may lose weights, in network order.
template <class Model>
[[nodiscard]] std::vector<nn::Parameter> prunable_parameters(const SelectionOptions& options) {
  std::vector<nn::Parameter> result;
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      if (parameter.prunable()) result.push_back(parameter);
    }
  }
  if (options.dense_classifier) result.pop_back();
  return result;
}

namespace detail {

/// A weight that may go: its place in the parameter arena and its score.
struct Candidate {
  double score;
  Index at;

  friend bool operator<(const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score < b.score : a.at < b.at;
  }
};

/// Removes the `count` lowest candidates, which must be in network order.
inline void remove_lowest(std::vector<Candidate>& candidates, Index count,
                          std::span<std::uint8_t> mask) {
  if (count <= 0) return;
  const auto last = candidates.begin() + (count - 1);
  std::nth_element(candidates.begin(), last, candidates.end());
  // Where the last to go scores zero and so does one that stays, the ranking says nothing: keeping
  // "the best" would keep weights at random (or all of them, with a threshold).
  const bool degenerate =
      last->score <= 0 &&
      std::any_of(last + 1, candidates.end(), [](const Candidate& c) { return c.score <= 0; });
  require(!degenerate, "degenerate threshold: to keep ",
          static_cast<Index>(candidates.size()) - count, " of ", candidates.size(),
          " weights, some with a score of exactly 0 would have to be kept and others with the same "
          "score removed. The scores have collapsed (all gradients or weights vanished); check "
          "the network's weights and the criterion");
  for (auto it = candidates.begin(); it <= last; ++it) mask[static_cast<std::size_t>(it->at)] = 0;
}

/// The kept weights of one tensor.
inline std::vector<Candidate> candidates_of(const nn::Parameter& parameter,
                                            std::span<const double> scores,
                                            std::span<const std::uint8_t> mask) {
  std::vector<Candidate> result;
  result.reserve(static_cast<std::size_t>(parameter.size));
  for (Index at = parameter.offset; at < parameter.offset + parameter.size; ++at) {
    const double score = scores[static_cast<std::size_t>(at)];
    require(std::isfinite(score), "the score of weight ", at - parameter.offset, " of ",
            parameter.name,
            " is not finite; score in double (float overflows on deep networks), and check that "
            "the weights are finite");
    if (mask[static_cast<std::size_t>(at)] != 0) result.push_back({score, at});
  }
  return result;
}

/// Drops the `floor` highest: they stay whatever else happens.
inline void protect_highest(std::vector<Candidate>& candidates, Index floor) {
  const auto size = static_cast<Index>(candidates.size());
  floor = std::min(floor, size);
  if (floor == 0) return;
  std::nth_element(candidates.begin(), candidates.begin() + (size - floor), candidates.end());
  candidates.resize(static_cast<std::size_t>(size - floor));
}

}  // namespace detail

/// Removes the lowest-scored weights until `share` of the prunable ones (see kept_count) are left.
/// `scores` has one value per parameter of the model. Fails on a score that is not finite, on a
/// ranking that is decided among zeros, and where floors ask for more than is to be kept.
template <class Model>
void keep_best(Mask<Model>& mask, std::span<const double> scores, double share,
               const SelectionOptions& options = {}) {
  const auto parameters = prunable_parameters<Model>(options);
  std::vector<detail::Candidate> all;
  Index total = 0, alive = 0, floors = 0;
  for (const nn::Parameter& parameter : parameters) {
    auto candidates = detail::candidates_of(parameter, scores, mask.span());
    const auto here = static_cast<Index>(candidates.size());
    const auto floor =
        static_cast<Index>(std::ceil(options.layer_floor * static_cast<double>(parameter.size)));
    detail::protect_highest(candidates, floor);
    if (options.scope == Scope::layer) {
      const Index keep = std::max(floor, kept_count(parameter.size, share));
      detail::remove_lowest(candidates, here - keep, mask.span());
    } else {
      all.insert(all.end(), candidates.begin(), candidates.end());
    }
    total += parameter.size;
    alive += here;
    floors += std::min(floor, here);
  }
  if (options.scope == Scope::layer) return;
  const Index keep = kept_count(total, share);
  require(floors <= keep, "the floor of ", options.layer_floor, " per layer keeps ", floors,
          " weights, but only ", keep, " are to be kept; lower the floor or the sparsity");
  detail::remove_lowest(all, alive - keep, mask.span());
}

}  // namespace osteon::prune
