// Magnitude pruning: the smallest weights go. The usual baseline; at initialisation it cuts a
// network in two at high sparsity.
//
// Han, Pool, Tran, Dally, "Learning both weights and connections", NeurIPS 2015.
#pragma once

#include <osteon/core/host_mirror.hpp>
#include <osteon/prune/mask.hpp>
#include <osteon/prune/select.hpp>

#include <cmath>
#include <vector>

namespace osteon::prune {

struct MagnitudeOptions {
  double sparsity = 0.95;
  SelectionOptions selection{};
};

/// The mask that removes the weights of the smallest absolute value. The model is not changed.
template <class Model>
[[nodiscard]] Mask<Model> magnitude(const Model& model, const MagnitudeOptions& options = {}) {
  check_target(options.sparsity, 1);
  HostMirror parameters(model.parameters());
  const auto weights = parameters.span();
  std::vector<double> scores(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    scores[i] = std::abs(static_cast<double>(weights[i]));
  }
  Mask<Model> mask;
  keep_best(mask, scores, 1 - options.sparsity, options.selection);
  return mask;
}

}  // namespace osteon::prune
