// From scores to a mask: which of the weights that are still there go next.
//
// Weights are ordered by (score, layer, flat index), so equal scores never remove more than was
// asked for; what is removed is never revived.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/prune/mask.hpp>
#include <osteon/prune/schedule.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
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
[[nodiscard]] inline std::vector<nn::Parameter> prunable_parameters(
    const std::vector<nn::LayerInfo>& layers, const SelectionOptions& options) {
  std::vector<nn::Parameter> result;
  for (const nn::LayerInfo& layer : layers) {
    for (const nn::Parameter& parameter : layer.parameters) {
      if (parameter.prunable()) result.push_back(parameter);
    }
  }
  if (options.dense_classifier) result.pop_back();
  return result;
}

template <class Model>
[[nodiscard]] std::vector<nn::Parameter> prunable_parameters(const SelectionOptions& options) {
  return prunable_parameters(Model::layers(), options);
}

/// The fewest weights of a tensor that a floor leaves, rounded up.
[[nodiscard]] inline Index floor_count(Index size, double floor) {
  return static_cast<Index>(std::ceil(floor * static_cast<double>(size)));
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

/// Removes the `count` lowest candidates.
inline void remove_lowest(std::span<Candidate> candidates, Index count,
                          std::span<std::uint8_t> mask) {
  if (count <= 0) return;
  const auto end = candidates.begin() + count;
  std::nth_element(candidates.begin(), end - 1, candidates.end());
  for (auto it = candidates.begin(); it != end; ++it) mask[static_cast<std::size_t>(it->at)] = 0;
}

/// Some zeros are normal: they are the weights that no flow reaches, and go first. All zeros rank
/// nothing: a threshold would be 0, and as every score is >= 0, would remove nothing.
inline bool all_zero(std::span<const Candidate> candidates) {
  return std::all_of(candidates.begin(), candidates.end(),
                     [](const Candidate& candidate) { return candidate.score == 0; });
}

[[noreturn]] inline void fail_degenerate(std::string_view where) {
  fail("degenerate threshold: every weight left in ", where,
       " scores exactly 0, so there is no telling which to keep. The weights or gradients have "
       "collapsed, or the network is cut in two; check its weights, and prune in more iterations");
}

/// Appends the kept weights of one tensor; returns them.
inline std::span<Candidate> add_candidates(const nn::Parameter& parameter,
                                           std::span<const double> scores,
                                           std::span<const std::uint8_t> mask,
                                           std::vector<Candidate>& candidates) {
  const std::size_t before = candidates.size();
  for (Index at = parameter.offset; at < parameter.offset + parameter.size; ++at) {
    const double score = scores[static_cast<std::size_t>(at)];
    require(std::isfinite(score), "the score of weight ", at - parameter.offset, " of ",
            parameter.name,
            " is not finite; score in double (float overflows on deep networks), and check that "
            "the weights are finite");
    if (mask[static_cast<std::size_t>(at)] != 0) candidates.push_back({score, at});
  }
  return std::span(candidates).subspan(before);
}

/// All but the `floor` highest: those stay whatever else happens.
inline std::span<Candidate> without_highest(std::span<Candidate> candidates, Index floor) {
  const auto rest = candidates.size() - static_cast<std::size_t>(floor);
  if (floor > 0) {
    std::nth_element(candidates.begin(), candidates.begin() + static_cast<Index>(rest),
                     candidates.end());
  }
  return candidates.first(rest);
}

/// keep_best() on the mask's bytes.
inline void keep_best(const std::vector<nn::Parameter>& parameters, std::span<std::uint8_t> mask,
                      std::span<const double> scores, double share,
                      const SelectionOptions& options) {
  std::vector<Candidate> all;
  all.reserve(static_cast<std::size_t>(std::count(mask.begin(), mask.end(), 1)));
  Index total = 0, floors = 0;
  bool degenerate = true;
  for (const nn::Parameter& parameter : parameters) {
    const auto here = add_candidates(parameter, scores, mask, all);
    const bool ranked = !all_zero(here);
    const auto alive = static_cast<Index>(here.size());
    const Index floor = std::min(alive, floor_count(parameter.size, options.layer_floor));
    const auto removable = without_highest(here, floor);
    if (options.scope == Scope::layer) {
      const Index surplus = alive - std::max(floor, kept_count(parameter.size, share));
      if (surplus > 0 && !ranked) fail_degenerate(parameter.name);
      remove_lowest(removable, surplus, mask);
    }
    all.resize(all.size() - static_cast<std::size_t>(floor));
    total += parameter.size;
    floors += floor;
    degenerate = degenerate && !ranked;
  }
  if (options.scope == Scope::layer) return;
  const Index keep = kept_count(total, share);
  require(floors <= keep, "the floor of ", options.layer_floor, " per layer keeps ", floors,
          " weights, but only ", keep, " are to be kept; lower the floor or the sparsity");
  const Index surplus = static_cast<Index>(all.size()) + floors - keep;
  if (surplus > 0 && degenerate) fail_degenerate("the network");
  remove_lowest(all, surplus, mask);
}

}  // namespace detail

/// Removes the lowest-scored weights until `share` of the prunable ones (see kept_count) are left.
/// `scores`, in host memory, has one value per parameter of the model. Fails on a score that is not
/// finite, on scores that are all zero, and where floors ask for more than is to be kept.
template <class Model>
void keep_best(Mask<Model>& mask, std::span<const double> scores, double share,
               const SelectionOptions& options = {}) {
  HostMirror bytes(mask.view());
  detail::keep_best(prunable_parameters(Model::layers(), options), bytes.span(), scores, share,
                    options);
  bytes.write_back();
}

}  // namespace osteon::prune
