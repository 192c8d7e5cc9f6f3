// What pruning left, counted from the weights themselves, never computed from the target.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/nn/description.hpp>

#include <span>
#include <string>
#include <vector>

namespace osteon::prune {

/// One prunable weight tensor.
struct LayerDensity {
  std::string name;  // "layer1.0.conv1"
  Index size = 0;
  Index nonzero = 0;
  Index macs_dense = 0;
  /// Multiply-accumulates by nonzero weights.
  Index macs_kept = 0;

  [[nodiscard]] double density() const {
    return static_cast<double>(nonzero) / static_cast<double>(size);
  }
};

struct Report {
  std::vector<LayerDensity> layers;
  Index parameters = 0;        // all trainable numbers
  Index nonzero = 0;           // of them, not zero
  Index prunable = 0;          // weights of convolutions and linear layers
  Index prunable_nonzero = 0;  // of them, not zero
  Index macs_dense = 0;
  Index macs_kept = 0;

  /// The zero share of the prunable weights.
  [[nodiscard]] double sparsity() const {
    return 1 - static_cast<double>(prunable_nonzero) / static_cast<double>(prunable);
  }
};

/// Counts the nonzeros of a network's parameters.
template <class T>
[[nodiscard]] Report report(const std::vector<nn::LayerInfo>& layers, std::span<const T> values) {
  Report result;
  for (const nn::LayerInfo& layer : layers) {
    for (const nn::Parameter& parameter : layer.parameters) {
      Index nonzero = 0;
      for (const T value : nn::part(values, parameter)) nonzero += value != 0 ? 1 : 0;
      result.parameters += parameter.size;
      result.nonzero += nonzero;
      if (!parameter.prunable()) continue;
      const Index per_weight = layer.macs / parameter.size;  // output pixels
      result.layers.push_back(
          {layer.name, parameter.size, nonzero, layer.macs, nonzero * per_weight});
      result.prunable += parameter.size;
      result.prunable_nonzero += nonzero;
      result.macs_dense += layer.macs;
      result.macs_kept += nonzero * per_weight;
    }
  }
  return result;
}

/// Counts the nonzeros of a model.
template <class Model>
[[nodiscard]] Report report(const Model& model) {
  HostMirror parameters(model.parameters());
  return report<typename Model::value_type>(Model::layers(), parameters.span());
}

/// The report as a table for a terminal.
[[nodiscard]] std::string to_string(const Report& report);

}  // namespace osteon::prune

#if !defined(OSTEON_COMPILED)
#include <osteon/prune/report.ipp>
#endif
