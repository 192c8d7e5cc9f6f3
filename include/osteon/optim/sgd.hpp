// Stochastic gradient descent, as torch.optim.SGD.
#pragma once

#include <osteon/optim/optimizer.hpp>

#include <array>

namespace osteon::optim {

struct SGDOptions {
  double learning_rate = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
};

/// g += weight_decay w; b = momentum b + (1 - dampening) g (b = g at first); w -= learning_rate b,
/// or (g + momentum b) with Nesterov's. With a mask, gradient, momentum and weights stay masked.
template <class Model>
class SGD {
 public:
  explicit SGD(const Model& /*model*/, SGDOptions options = {}) : options_(options) {
    require(!options.nesterov || (options.momentum > 0 && options.dampening == 0),
            "Nesterov momentum needs a momentum above 0 and no dampening");
  }

  template <class Mask = Dense>
  void step(Model& model, const Mask& mask = {}) {
    using T = typename Model::value_type;
    const auto w = model.parameters();
    const auto g = model.gradients();
    const T momentum = static_cast<T>(options_.momentum);
    if (options_.weight_decay != 0) g += static_cast<T>(options_.weight_decay) * w;
    apply_mask(mask, g);
    if (options_.momentum != 0) {
      const auto b = buffer_.view();
      apply_mask(mask, b);
      if (steps_ == 0) {
        b = g;
      } else {
        b = momentum * b + static_cast<T>(1 - options_.dampening) * g;
      }
      if (options_.nesterov) {
        g += momentum * b;
      } else {
        g = b;
      }
    }
    w -= static_cast<T>(options_.learning_rate) * g;
    apply_mask(mask, w);
    ++steps_;
  }

  void set_learning_rate(double rate) { options_.learning_rate = rate; }
  [[nodiscard]] double learning_rate() const { return options_.learning_rate; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  void set_steps(std::uint64_t steps) { steps_ = steps; }
  /// The state, for checkpoints.
  [[nodiscard]] std::array<State<Model>*, 1> states() { return {&buffer_}; }
  static constexpr std::array<const char*, 1> state_names{"momentum_buffer"};

 private:
  SGDOptions options_;
  State<Model> buffer_;
  std::uint64_t steps_ = 0;
};

}  // namespace osteon::optim
