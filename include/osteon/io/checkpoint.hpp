// Training checkpoints: everything that the next step depends on, so that a run that is continued
// equals one that was never stopped, bit for bit.
#pragma once

#include <osteon/io/model_file.hpp>
#include <osteon/prune/mask.hpp>

namespace osteon::io {

/// Writes the model ("model." before its names), the optimizer's state ("optimizer."), its number
/// of steps, and the mask, atomically.
template <class Model, class Optimizer>
void save_checkpoint(const std::filesystem::path& path, const Model& model, Optimizer& optimizer,
                     const prune::Mask<Model>& mask, const Metadata& metadata = {}) {
  using T = typename Model::value_type;
  std::deque<std::vector<T>> copies;
  const std::int64_t batches = model.batches_tracked();
  std::vector<TensorToWrite> tensors =
      detail::tensors_of(state_of(model), copies, batches, "model.");

  const auto states = optimizer.states();
  for (std::size_t i = 0; i < states.size(); ++i) {
    tensors.push_back(tensor_to_write<T>(concat("optimizer.", Optimizer::state_names[i]),
                                         {Model::parameter_count},
                                         std::as_const(*states[i]).span()));
  }
  const auto steps = static_cast<std::int64_t>(optimizer.steps());
  tensors.push_back(tensor_to_write<std::int64_t>("optimizer.step", {}, std::span(&steps, 1)));
  tensors.push_back(tensor_to_write<std::uint8_t>("mask", {Model::parameter_count}, mask.span()));
  write_safetensors(path, tensors, metadata);
}

/// Reads what save_checkpoint wrote, and returns its metadata. Fails, with model, optimizer and
/// mask unchanged, on a damaged file or one of another network or optimizer.
template <class Model, class Optimizer>
Metadata load_checkpoint(const std::filesystem::path& path, Model& model, Optimizer& optimizer,
                         prune::Mask<Model>& mask) {
  using T = typename Model::value_type;
  const SafetensorsFile file = SafetensorsFile::read(path);
  const auto states = optimizer.states();
  const auto check = [&](const std::string& name) {
    const TensorInfo* info = file.find(name);
    require(info != nullptr && info->shape == std::vector<Index>{Model::parameter_count},
            path.string(), " is not a checkpoint of this network and optimizer: ", name,
            info == nullptr ? " is missing" : " has another size");
  };
  check("mask");
  for (const char* name : Optimizer::state_names) check(concat("optimizer.", name));
  const auto steps = file.read_as<std::int64_t>("optimizer.step").at(0);
  const std::string problems = detail::mismatch(file, Model::layers(), "model.");
  require(problems.empty(), path.string(), " is not a checkpoint of this network: ", problems);

  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto values = file.read_as<T>(concat("optimizer.", Optimizer::state_names[i]));
    std::ranges::copy(values, states[i]->span().begin());
  }
  optimizer.set_steps(static_cast<std::uint64_t>(steps));
  std::ranges::copy(file.read_as<std::uint8_t>("mask"), mask.span().begin());
  model.set_batches_tracked(detail::read_tensors(file, state_of(model), "model."));
  return file.metadata();
}

}  // namespace osteon::io
