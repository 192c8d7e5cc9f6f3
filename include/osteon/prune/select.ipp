// Definitions of select.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/prune/select.hpp>

#include <vector>

namespace osteon::prune {

OSTEON_INLINE std::vector<nn::Parameter> prunable_parameters(
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

}  // namespace osteon::prune
