// A network as a table: what each layer gives, holds and costs.
#pragma once

#include <osteon/core/geometry.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/nn/description.hpp>

#include <array>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace osteon::nn {
namespace detail {

[[nodiscard]] inline std::string extents_text(const std::vector<Index>& extents) {
  std::string text;
  for (const Index extent : extents) text += concat(text.empty() ? "" : "x", extent);
  return text;
}

/// One line; a density below 0 is left out.
[[nodiscard]] inline std::string summary_row(const std::string& name, const std::string& type,
                                             const std::string& output, Index parameters,
                                             Index macs, double density,
                                             const char* algorithm = "") {
  std::array<char, 256> line{};
  std::snprintf(line.data(), line.size(), "%-22.40s %-44.60s %11s %11lld %10.2f M", name.c_str(),
                type.c_str(), output.c_str(), static_cast<long long>(parameters),
                static_cast<double>(macs) / 1e6);
  std::string text = line.data();
  if (density >= 0) {
    std::snprintf(line.data(), line.size(), " %8.4f", density);
    text += line.data();
  }
  if (*algorithm != '\0') text += concat("  ", algorithm);
  return text + '\n';
}

/// How a convolution is computed; nothing for other layers.
template <class T, class Device>
[[nodiscard]] const char* algorithm_name(const LayerInfo& layer, Device device, Index batch) {
  if (layer.convolution.batch == 0) return "";
  Conv2dGeometry g = layer.convolution;
  g.batch = batch;
  return name(conv2d_algorithm<T>(device, g));
}

}  // namespace detail

/// A line per layer: name, type, output shape, parameters, multiply-accumulates of one sample, the
/// share of its weights that are not zero, and how a convolution is computed in batches of `batch`
/// on the device; the totals below.
template <class T, class Device>
[[nodiscard]] std::string summary(const std::vector<LayerInfo>& layers,
                                  std::span<const T> parameters, Device device, Index batch) {
  std::array<char, 160> head{};
  std::snprintf(head.data(), head.size(), "%-22s %-44s %11s %11s %12s %8s  %s\n", "layer", "type",
                "output", "parameters", "MACs", "density", "algorithm");
  std::string text = head.data();
  Index all_parameters = 0, all_macs = 0, all_weights = 0, all_nonzero = 0;
  for (const LayerInfo& layer : layers) {
    Index weights = 0, nonzero = 0;
    for (const Parameter& parameter : layer.parameters) {
      if (!parameter.prunable()) continue;
      weights += parameter.size;
      for (const T value : part(parameters, parameter)) nonzero += value != 0 ? 1 : 0;
    }
    const double density =
        weights == 0 ? -1 : static_cast<double>(nonzero) / static_cast<double>(weights);
    text += detail::summary_row(layer.name, layer.type, detail::extents_text(layer.output),
                                layer.parameter_count(), layer.macs, density,
                                detail::algorithm_name<T>(layer, device, batch));
    all_parameters += layer.parameter_count();
    all_macs += layer.macs;
    all_weights += weights;
    all_nonzero += nonzero;
  }
  const double density =
      all_weights == 0 ? -1 : static_cast<double>(all_nonzero) / static_cast<double>(all_weights);
  return text + detail::summary_row("all", "", "", all_parameters, all_macs, density);
}

/// The summary of a model that works on batches of `batch`.
template <class Model>
[[nodiscard]] std::string summary(const Model& model, Index batch = 1) {
  HostMirror parameters(model.parameters());
  return summary<typename Model::value_type>(Model::layers(), parameters.span(),
                                             typename Model::device_type{}, batch);
}

}  // namespace osteon::nn
