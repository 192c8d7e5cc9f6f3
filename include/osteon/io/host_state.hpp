// A model's state as files want it, whatever device it is on.
#pragma once

#include <osteon/core/host_mirror.hpp>
#include <osteon/io/model_state.hpp>
#include <osteon/io/training_state.hpp>
#include <osteon/prune/mask.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace osteon::io {

/// The numbers of a model in host memory: on the Cpu these themselves, on another device a copy.
/// The model must outlive it.
template <class Model>
class HostModelState {
  using T = typename Model::value_type;
  using Device = typename Model::device_type;

 public:
  explicit HostModelState(Model& model)
      : model_(model), parameters_(model.parameters()), buffers_(model.buffers()) {}

  /// Views; valid as long as this object.
  [[nodiscard]] ModelState<T> state() {
    return {Model::layers(), parameters_.span(), buffers_.span(), model_.batches_tracked()};
  }

  /// Hands what was written into state()'s views to the model, with the counter of `state`.
  void write_back(const ModelState<T>& state) {
    parameters_.write_back();
    buffers_.write_back();
    model_.set_batches_tracked(state.batches_tracked);
  }

 private:
  Model& model_;
  HostMirror<T, Device> parameters_, buffers_;
};

/// The same with optimizer and mask, for checkpoints. All three must outlive it.
template <class Model, class Optimizer>
class HostTrainingState {
  using T = typename Model::value_type;
  using Device = typename Model::device_type;

 public:
  HostTrainingState(Model& model, Optimizer& optimizer, prune::Mask<Model>& mask)
      : model_(model), optimizer_(optimizer), host_model_(model), mask_(mask.view()) {
    for (auto* vector : optimizer.states()) vectors_.emplace_back(vector->view());
  }

  /// Views; valid as long as this object.
  [[nodiscard]] TrainingState<T> state() {
    TrainingState<T> state{
        host_model_.state(), model_.seed(), mask_.span(), {}, optimizer_.steps()};
    for (std::size_t i = 0; i < vectors_.size(); ++i)
      state.optimizer.emplace_back(Optimizer::state_names[i], vectors_[i].span());
    return state;
  }

  /// Hands what was written into state()'s views to model, optimizer and mask, with the counters of
  /// `state`.
  void write_back(const TrainingState<T>& state) {
    host_model_.write_back(state.model);
    mask_.write_back();
    for (auto& vector : vectors_) vector.write_back();
    model_.set_seed(state.seed);
    optimizer_.set_steps(state.steps);
  }

 private:
  Model& model_;
  Optimizer& optimizer_;
  HostModelState<Model> host_model_;
  HostMirror<std::uint8_t, Device> mask_;
  std::vector<HostMirror<T, Device>> vectors_;
};

}  // namespace osteon::io
