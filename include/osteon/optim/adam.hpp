// Adam and AdamW, as torch.optim's.
//
// Kingma, Ba, "Adam", ICLR 2015; Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR
// 2019.
#pragma once

#include <osteon/optim/optimizer.hpp>

#include <array>
#include <cmath>

namespace osteon::optim {

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  /// AdamW: the weights decay by themselves, not through the gradient.
  bool decoupled = false;
};

/// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
/// w -= learning_rate m' / (sqrt(v') + epsilon), m' and v' corrected for their start at zero.
/// With a mask, gradient, moments and weights stay masked.
template <class Model>
class Adam {
 public:
  explicit Adam(const Model& /*model*/, AdamOptions options = {}) : options_(options) {}

  template <class Mask = Dense>
  void step(Model& model, const Mask& mask = {}) {
    using T = typename Model::value_type;
    const auto& o = options_;
    const auto w = model.parameters();
    const auto g = model.gradients();
    const auto m = m_.view();
    const auto v = v_.view();
    ++steps_;
    if (o.weight_decay != 0) {
      if (o.decoupled) {
        w *= static_cast<T>(1 - o.learning_rate * o.weight_decay);
      } else {
        g += static_cast<T>(o.weight_decay) * w;
      }
    }
    apply_mask(mask, g);
    apply_mask(mask, m);
    apply_mask(mask, v);
    m = static_cast<T>(o.beta1) * m + static_cast<T>(1 - o.beta1) * g;
    v = static_cast<T>(o.beta2) * v + static_cast<T>(1 - o.beta2) * square(g);
    const double t = static_cast<double>(steps_);
    const double correction1 = 1 - std::pow(o.beta1, t);
    const double correction2 = std::sqrt(1 - std::pow(o.beta2, t));
    w -= static_cast<T>(o.learning_rate / correction1) * m /
         (sqrt(v) / static_cast<T>(correction2) + static_cast<T>(o.epsilon));
    apply_mask(mask, w);
  }

  void set_learning_rate(double rate) { options_.learning_rate = rate; }
  [[nodiscard]] double learning_rate() const { return options_.learning_rate; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  void set_steps(std::uint64_t steps) { steps_ = steps; }
  /// The state, for checkpoints.
  [[nodiscard]] std::array<State<Model>*, 2> states() { return {&m_, &v_}; }
  static constexpr std::array<const char*, 2> state_names{"exp_avg", "exp_avg_sq"};

 private:
  AdamOptions options_;
  State<Model> m_;
  State<Model> v_;
  std::uint64_t steps_ = 0;
};

/// As AdamOptions, with PyTorch's weight decay for AdamW.
struct AdamWOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;
};

/// Adam with decoupled weight decay.
template <class Model>
class AdamW : public Adam<Model> {
 public:
  explicit AdamW(const Model& model, AdamWOptions o = {})
      : Adam<Model>(model, {o.learning_rate, o.beta1, o.beta2, o.epsilon, o.weight_decay, true}) {}
};

}  // namespace osteon::optim
