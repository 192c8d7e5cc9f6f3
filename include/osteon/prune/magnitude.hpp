// Magnitude pruning: the smallest weights go. The usual baseline; at initialisation it cuts a
// network in two at high sparsity.
//
// Han, Pool, Tran, Dally, "Learning both weights and connections", NeurIPS 2015.
#pragma once

#include <osteon/core/expression.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/prune/mask.hpp>
#include <osteon/prune/select.hpp>

namespace osteon::prune {

struct MagnitudeOptions {
  double sparsity = 0.95;
  SelectionOptions selection{};
};

/// The mask that removes the weights of the smallest absolute value. The model is not changed.
template <class Model>
[[nodiscard]] Mask<Model> magnitude(const Model& model, const MagnitudeOptions& options = {}) {
  check_target(options.sparsity, 1);
  const auto weights = model.parameters();
  Tensor<double, Shape<Model::parameter_count>, Contiguous, typename Model::device_type> scores;
  scores = abs(cast<double>(weights));
  Mask<Model> mask;
  keep_best(mask, scores.view(), 1 - options.sparsity, options.selection);
  return mask;
}

}  // namespace osteon::prune
