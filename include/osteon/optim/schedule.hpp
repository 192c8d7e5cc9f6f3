// Learning-rate schedules: pure functions of the step, equal to torch.optim.lr_scheduler's.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace osteon::optim {

/// The same rate at every step.
struct ConstantSchedule {
  double learning_rate = 1e-3;
  [[nodiscard]] double operator()(std::uint64_t /*step*/) const { return learning_rate; }
};

/// StepLR: multiplied by gamma every `step_size` steps.
struct StepSchedule {
  double learning_rate = 1e-3;
  std::uint64_t step_size = 30;
  double gamma = 0.1;
  [[nodiscard]] double operator()(std::uint64_t step) const {
    return learning_rate * std::pow(gamma, static_cast<double>(step / step_size));
  }
};

/// CosineAnnealingLR: half a cosine from learning_rate to minimum over `steps` steps.
struct CosineSchedule {
  double learning_rate = 1e-3;
  std::uint64_t steps = 100;
  double minimum = 0;
  [[nodiscard]] double operator()(std::uint64_t step) const {
    const double phase = std::numbers::pi * static_cast<double>(step) / static_cast<double>(steps);
    return minimum + (learning_rate - minimum) * (1 + std::cos(phase)) / 2;
  }
};

/// OneCycleLR: a cosine up from max / div_factor to max over `warmup` of the steps, and a cosine
/// down to max / div_factor / final_div_factor.
///
/// Smith, Topin, "Super-convergence", 2018.
struct OneCycleSchedule {
  double max_learning_rate = 1e-2;
  std::uint64_t steps = 100;
  double warmup = 0.3;
  double div_factor = 25;
  double final_div_factor = 1e4;
  [[nodiscard]] double operator()(std::uint64_t step) const {
    const double start = max_learning_rate / div_factor;
    const double end = start / final_div_factor;
    const double peak = warmup * static_cast<double>(steps) - 1;
    const double last = static_cast<double>(steps) - 1;
    const auto at = static_cast<double>(step);
    return at <= peak ? between(start, max_learning_rate, at / peak)
                      : between(max_learning_rate, end, (at - peak) / (last - peak));
  }

 private:
  static double between(double from, double to, double fraction) {
    return to + (from - to) * (1 + std::cos(std::numbers::pi * fraction)) / 2;
  }
};

}  // namespace osteon::optim
