// Pretrained weights: what fits a network is loaded, the rest is named.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/io/model_file.hpp>
#include <osteon/io/model_state.hpp>
#include <osteon/io/safetensors.hpp>
#include <osteon/io/weight_report.hpp>
#include <osteon/nn/description.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace osteon::io {
namespace detail {

/// An example for a message.
[[nodiscard]] std::string first_of(const std::vector<std::string>& names,
                                   const std::vector<ReshapedTensor>& reshaped);

}  // namespace detail

/// Loads weights under PyTorch's (torchvision's) names into the network behind `state`, as
/// load_state_dict(strict=False) does, but tensors of another shape are no error either: a head of
/// 1000 classes leaves one of 2 at its initial values. A bias of a convolution that has none in the
/// network is taken for that of a batch normalisation folded into it (see nn::restore_batch_norm).
/// Throws Error, and leaves the network unchanged, if the file is not a safetensors file, if
/// nothing of it fits, or if a value is not finite.
template <class T>
WeightReport load_weights(const std::filesystem::path& path, ModelState<T>& state) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  WeightReport report;
  std::set<std::string, std::less<>> known;
  std::vector<std::pair<const nn::Parameter*, std::vector<T>>> parameters;
  std::vector<std::pair<const nn::NamedBuffer*, std::vector<T>>> buffers;
  std::int64_t batches = state.batches_tracked;

  const auto read = [&](const std::string& name) {
    auto values = file.template read_as<T>(name);
    const auto bad = std::ranges::find_if(values, [](T v) { return !std::isfinite(v); });
    require(bad == values.end(), path.string(), ": tensor \"", name, "\": element ",
            bad - values.begin(), " is not a finite number; the weights are damaged");
    return values;
  };
  /// Whether the file has `name` in that shape; otherwise reports what it has.
  const auto fits = [&](const std::string& name, const std::vector<Index>& extents) {
    const TensorInfo* const info = file.find(name);
    known.insert(name);
    if (info == nullptr) {
      report.missing.push_back(name);
    } else if (info->shape != extents) {
      report.reshaped.push_back({name, info->shape, extents});
    } else {
      report.loaded.push_back(name);
      return true;
    }
    return false;
  };

  bool folded = false;  // the layer before
  for (const nn::LayerInfo& layer : state.layers) {
    const auto absent = [&](const auto& tensor) { return file.find(tensor.name) == nullptr; };
    const bool to_be_restored = std::exchange(folded, false) && layer.is_batch_norm() &&
                                std::ranges::all_of(layer.parameters, absent) &&
                                std::ranges::all_of(layer.buffers, absent);
    if (to_be_restored) continue;
    for (const nn::Parameter& p : layer.parameters)
      if (fits(p.name, p.extents)) parameters.emplace_back(&p, read(p.name));
    for (const nn::NamedBuffer& b : layer.buffers)
      if (fits(b.name, {b.size})) buffers.emplace_back(&b, read(b.name));
    if (const std::string counter = concat(layer.name, detail::batches_name);
        layer.is_batch_norm() && file.find(counter) != nullptr) {
      const auto count = file.template read_as<std::int64_t>(counter);
      if (!count.empty()) batches = count.front();
      known.insert(counter);
    }
    // A convolution (four extents) that is loaded, without a bias here and with one in the file.
    const bool has_filters =
        layer.parameters.size() == 1 && layer.parameters[0].extents.size() == 4;
    if (!has_filters || report.loaded.empty() || report.loaded.back() != layer.parameters[0].name)
      continue;
    const std::string bias = concat(layer.name, ".bias");
    const TensorInfo* const info = file.find(bias);
    if (info == nullptr || info->shape != std::vector{layer.parameters[0].extents[0]}) continue;
    const auto values = read(bias);
    report.folded_biases[layer.name].assign(values.begin(), values.end());
    known.insert(bias);
    folded = true;
  }
  for (const TensorInfo& info : file.tensors())
    if (!known.contains(info.name)) report.unexpected.push_back(info.name);
  require(!report.loaded.empty(), path.string(), ": none of its ", file.tensors().size(),
          " tensors fits the network, neither by name nor by shape: it has ",
          detail::first_of(report.unexpected, report.reshaped), ", the network ",
          detail::first_of(report.missing, report.reshaped));

  for (const auto& [parameter, values] : parameters) {
    const auto target = nn::part(state.parameters, *parameter);
    for (Index i = 0; i < parameter->size; ++i)
      target[static_cast<std::size_t>(parameter->storage_index(i))] =
          values[static_cast<std::size_t>(i)];
  }
  for (const auto& [buffer, values] : buffers)
    std::ranges::copy(values, nn::part(state.buffers, *buffer).begin());
  state.batches_tracked = batches;
  return report;
}
template <class Model>
WeightReport load_weights(const std::filesystem::path& path, Model& model) {
  auto state = state_of(model);
  WeightReport report = load_weights(path, state);
  model.set_batches_tracked(state.batches_tracked);
  return report;
}

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/load_weights.ipp>
#endif
