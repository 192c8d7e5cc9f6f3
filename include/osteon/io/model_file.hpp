// Models in safetensors files, under PyTorch's names, shapes and element order: what torchvision's
// load_state_dict takes.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/safetensors.hpp>
#include <osteon/nn/description.hpp>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace osteon::io {
namespace detail {

/// A model's parameters and buffers as tensors to write. Values in another order than memory's are
/// kept in `copies`, which must outlive the result.
template <class Model>
[[nodiscard]] std::vector<TensorToWrite> model_tensors(
    const Model& model, std::deque<std::vector<typename Model::value_type>>& copies,
    const std::int64_t& batches_tracked) {
  using T = typename Model::value_type;
  std::vector<TensorToWrite> tensors;
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      const auto values = model.values(parameter);
      auto& copy = copies.emplace_back(values.size());
      for (Index i = 0; i < parameter.size; ++i) {
        copy[static_cast<std::size_t>(i)] =
            values[static_cast<std::size_t>(parameter.storage_index(i))];
      }
      tensors.push_back(tensor_to_write<T>(parameter.name, parameter.extents, copy));
    }
    for (const nn::NamedBuffer& buffer : layer.buffers) {
      tensors.push_back(
          tensor_to_write<T>(buffer.name, {buffer.size}, nn::part(model.buffers(), buffer)));
    }
    if (layer.is_batch_norm()) {
      tensors.push_back(tensor_to_write<std::int64_t>(layer.name + ".num_batches_tracked", {},
                                                      std::span(&batches_tracked, 1)));
    }
  }
  return tensors;
}

/// What a file lacks of a model, has too much, or has in another shape; empty when it fits.
template <class Model>
[[nodiscard]] std::string mismatch(const SafetensorsFile& file, std::string_view prefix) {
  std::vector<std::string> problems;
  std::size_t matched = 0, counters = 0;
  const auto check = [&](const std::string& name, const std::vector<Index>& extents) {
    const TensorInfo* info = file.find(concat(prefix, name));
    if (info == nullptr) {
      problems.push_back(concat("missing ", name));
      return;
    }
    ++matched;
    if (info->shape != extents) {
      problems.push_back(concat(name, " is ", shape_text(info->shape), " in the file and ",
                                shape_text(extents), " in the network"));
    }
  };
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& p : layer.parameters) check(p.name, p.extents);
    for (const nn::NamedBuffer& b : layer.buffers) check(b.name, {b.size});
  }
  for (const TensorInfo& info : file.tensors()) {
    if (!info.name.starts_with(prefix))
      ++counters;
    else if (info.name.ends_with(".num_batches_tracked"))
      ++counters;
  }
  if (const std::size_t rest = file.tensors().size() - matched - counters; rest > 0) {
    problems.push_back(concat(rest, " tensors that the network does not have"));
  }
  std::string text;
  for (std::size_t i = 0; i < problems.size() && i < 5; ++i) {
    text += concat(i == 0 ? "" : "; ", problems[i]);
  }
  if (problems.size() > 5) text += concat("; and ", problems.size() - 5, " more");
  return text;
}

/// Copies a checked file's tensors into the model.
template <class Model>
void read_model_tensors(const SafetensorsFile& file, std::string_view prefix, Model& model) {
  using T = typename Model::value_type;
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      const auto values = file.template read_as<T>(concat(prefix, parameter.name));
      const auto target = model.values(parameter);
      for (Index i = 0; i < parameter.size; ++i) {
        target[static_cast<std::size_t>(parameter.storage_index(i))] =
            values[static_cast<std::size_t>(i)];
      }
    }
    for (const nn::NamedBuffer& buffer : layer.buffers) {
      std::ranges::copy(file.template read_as<T>(concat(prefix, buffer.name)),
                        nn::part(model.buffers(), buffer).begin());
    }
    const std::string counter = concat(prefix, layer.name, ".num_batches_tracked");
    if (file.find(counter) != nullptr) {
      model.set_batches_tracked(file.template read_as<std::int64_t>(counter).at(0));
    }
  }
}

}  // namespace detail

/// Writes parameters and buffers, atomically. Weights that are zero are written as zeros.
template <class Model>
void save_model(const std::filesystem::path& path, const Model& model,
                const Metadata& metadata = {}) {
  std::deque<std::vector<typename Model::value_type>> copies;
  const std::int64_t batches = model.batches_tracked();
  write_safetensors(path, detail::model_tensors(model, copies, batches), metadata);
}

/// Reads a file that save_model or Python's safetensors wrote into the model, and returns its
/// metadata. Names and shapes must be the network's; the model is unchanged after an Error.
template <class Model>
Metadata load_model(const std::filesystem::path& path, Model& model) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  const std::string problems = detail::mismatch<Model>(file, "");
  require(problems.empty(), path.string(), " is not a file of this network: ", problems);
  detail::read_model_tensors(file, "", model);
  return file.metadata();
}

}  // namespace osteon::io
