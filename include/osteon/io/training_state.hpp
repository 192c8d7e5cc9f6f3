// What a training step changes and reads: a view without the network's type.
#pragma once

#include <osteon/io/model_state.hpp>
#include <osteon/prune/mask.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace osteon::io {

/// Model, optimizer and mask as flat vectors in the arena's order, so that checkpoints are written
/// and read by one function per scalar. T may be const.
template <class T>
struct TrainingState {
  using Keep = std::conditional_t<std::is_const_v<T>, const std::uint8_t, std::uint8_t>;

  ModelState<T> model;
  /// Of Dropout.
  std::uint64_t seed = 0;
  std::span<Keep> mask;
  /// The optimizer's vectors by name, each as long as the parameters, and the steps it has done.
  std::vector<std::pair<std::string, std::span<T>>> optimizer;
  std::uint64_t steps = 0;
};

namespace detail {

template <class T, class Model, class Optimizer, class Mask>
[[nodiscard]] TrainingState<T> training_state(Model& model, Optimizer& optimizer, Mask& mask) {
  TrainingState<T> state{state_of(model), model.seed(), mask.span(), {}, optimizer.steps()};
  const auto vectors = optimizer.states();
  for (std::size_t i = 0; i < vectors.size(); ++i)
    state.optimizer.emplace_back(Optimizer::state_names[i], vectors[i]->span());
  return state;
}

}  // namespace detail

template <class Model, class Optimizer>
[[nodiscard]] auto training_state(Model& model, Optimizer& optimizer, prune::Mask<Model>& mask) {
  return detail::training_state<typename Model::value_type>(model, optimizer, mask);
}
/// To be read only.
template <class Model, class Optimizer>
[[nodiscard]] auto training_state(const Model& model, Optimizer& optimizer,
                                  const prune::Mask<Model>& mask) {
  return detail::training_state<const typename Model::value_type>(model, optimizer, mask);
}

/// Vectors are views, counters are copies: hands those of `state` to model and optimizer.
template <class T, class Model, class Optimizer>
void set_counters(const TrainingState<T>& state, Model& model, Optimizer& optimizer) {
  model.set_batches_tracked(state.model.batches_tracked);
  model.set_seed(state.seed);
  optimizer.set_steps(state.steps);
}

}  // namespace osteon::io
