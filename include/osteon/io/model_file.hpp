// Models in safetensors files, under PyTorch's names, shapes and element order: what torchvision's
// load_state_dict takes.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/io/model_state.hpp>
#include <osteon/io/safetensors.hpp>
#include <osteon/nn/description.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::io {
namespace detail {

/// PyTorch's name for the training batches that a BatchNorm has seen.
inline constexpr std::string_view batches_name = ".num_batches_tracked";

/// Parameters and buffers as tensors to write. Values in another order than memory's are kept in
/// `copies`, which must outlive the result, as must `batches_tracked`.
template <class T>
[[nodiscard]] std::vector<TensorToWrite> tensors_of(const ModelState<const T>& state,
                                                    std::deque<std::vector<T>>& copies,
                                                    const std::int64_t& batches_tracked) {
  std::vector<TensorToWrite> tensors;
  for (const nn::LayerInfo& layer : state.layers) {
    for (const nn::Parameter& parameter : layer.parameters) {
      const auto values = nn::part(state.parameters, parameter);
      auto& copy = copies.emplace_back(values.size());
      for (Index i = 0; i < parameter.size; ++i) {
        copy[static_cast<std::size_t>(i)] =
            values[static_cast<std::size_t>(parameter.storage_index(i))];
      }
      tensors.push_back(tensor_to_write<T>(parameter.name, parameter.extents, copy));
    }
    for (const nn::NamedBuffer& buffer : layer.buffers) {
      tensors.push_back(
          tensor_to_write<T>(buffer.name, {buffer.size}, nn::part(state.buffers, buffer)));
    }
    if (layer.is_batch_norm()) {
      tensors.push_back(tensor_to_write<std::int64_t>(concat(layer.name, batches_name), {},
                                                      std::span(&batches_tracked, 1)));
    }
  }
  return tensors;
}

/// What a file lacks of a network, has too much, or has in another shape; empty when it fits.
[[nodiscard]] std::string mismatch(const SafetensorsFile& file,
                                   const std::vector<nn::LayerInfo>& layers);

/// Copies the tensors of a file that fits (see mismatch) into the network; returns the number of
/// training batches behind it, 0 where the file does not say.
template <class T>
std::int64_t read_tensors(const SafetensorsFile& file, const ModelState<T>& state) {
  std::int64_t batches = 0;
  for (const nn::LayerInfo& layer : state.layers) {
    for (const nn::Parameter& parameter : layer.parameters) {
      const auto values = file.template read_as<T>(parameter.name);
      const auto target = nn::part(state.parameters, parameter);
      for (Index i = 0; i < parameter.size; ++i) {
        target[static_cast<std::size_t>(parameter.storage_index(i))] =
            values[static_cast<std::size_t>(i)];
      }
    }
    for (const nn::NamedBuffer& buffer : layer.buffers) {
      std::ranges::copy(file.template read_as<T>(buffer.name),
                        nn::part(state.buffers, buffer).begin());
    }
    const std::string counter = concat(layer.name, batches_name);
    if (file.find(counter) != nullptr) {
      const auto value = file.template read_as<std::int64_t>(counter);
      if (!value.empty()) batches = value.front();
    }
  }
  return batches;
}

}  // namespace detail

/// Writes parameters and buffers, atomically. Weights that are zero are written as zeros.
template <class T>
void save_state(const std::filesystem::path& path, const ModelState<const T>& state,
                const Metadata& metadata = {}) {
  std::deque<std::vector<T>> copies;
  write_safetensors(path, detail::tensors_of(state, copies, state.batches_tracked), metadata);
}
template <class Model>
void save_model(const std::filesystem::path& path, const Model& model,
                const Metadata& metadata = {}) {
  save_state(path, state_of(model), metadata);
}

/// Reads a file that save_model or Python's safetensors wrote into the model, and returns its
/// metadata. Names and shapes must be the network's; the model is unchanged after an Error.
template <class T>
Metadata load_state(const std::filesystem::path& path, ModelState<T>& state) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  const std::string problems = detail::mismatch(file, state.layers);
  require(problems.empty(), path.string(), " is not a file of this network: ", problems);
  state.batches_tracked = detail::read_tensors(file, state);
  return file.metadata();
}
template <class Model>
Metadata load_model(const std::filesystem::path& path, Model& model) {
  auto state = state_of(model);
  Metadata metadata = load_state(path, state);
  model.set_batches_tracked(state.batches_tracked);
  return metadata;
}

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/model_file.ipp>
#endif
