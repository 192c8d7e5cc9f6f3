// Loss scaling, for networks of Float16.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/reduction.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/optim/optimizer.hpp>

namespace osteon::optim {

/// torch.amp.GradScaler's options.
struct GradScalerOptions {
  double initial_scale = 65536;
  double growth_factor = 2;
  double backoff_factor = 0.5;
  /// After so many good steps in a row the scale grows.
  int growth_interval = 2000;
};

/// Float16 holds nothing below 6e-8, and gradients are often smaller: the loss's gradient is
/// multiplied by scale() on its way in (nn::CrossEntropyLoss::gradient_scale), and the parameters'
/// gradients, which are float, are divided by it again. Where one of them is not finite, the scale
/// was too large: that step is left out, and the scale falls. BFloat16 has float's range and needs
/// none of this.
///
/// Micikevicius et al., "Mixed precision training", ICLR 2018.
class GradScaler {
 public:
  explicit GradScaler(GradScalerOptions options = {})
      : options_(options), scale_(options.initial_scale) {
    require(options.initial_scale > 0 && options.growth_factor > 1 && options.backoff_factor > 0 &&
                options.backoff_factor < 1 && options.growth_interval > 0,
            "a GradScaler grows by a factor above 1 and falls by one below 1");
  }

  [[nodiscard]] double scale() const { return scale_; }

  /// Divides the model's gradients by scale() and lets the optimizer step. False if the step was
  /// left out; the gradients are then of no use.
  template <class Model, class Optimizer, class Mask = Dense>
  bool step(Model& model, Optimizer& optimizer, const Mask& mask = {}) {
    using T = typename Model::value_type;
    const auto gradients = model.gradients();
    if (!all_finite(gradients)) {
      scale_ *= options_.backoff_factor;
      good_steps_ = 0;
      return false;
    }
    gradients *= static_cast<T>(1 / scale_);
    optimizer.step(model, mask);
    if (++good_steps_ == options_.growth_interval) {
      scale_ *= options_.growth_factor;
      good_steps_ = 0;
    }
    return true;
  }

 private:
  GradScalerOptions options_;
  double scale_;
  int good_steps_ = 0;
};

}  // namespace osteon::optim
