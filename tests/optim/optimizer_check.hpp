// What the tests of all optimizers share.
#pragma once

#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>

#include "../reference.hpp"
#include "optim_reference.hpp"
#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <span>

namespace osteon::test {

/// 20 parameters.
template <class T>
using TwentyWeights = Model<nn::Linear<4, nn::no_bias>, Shape<5>, T>;

/// Runs 50 steps as optim_reference.py does and compares.
template <class T, template <class> class Optimizer, class Options>
void check_steps(const Options& options, std::span<const double> expected, double tolerance) {
  auto net = TwentyWeights<T>::create(0);
  Optimizer<TwentyWeights<T>> optimizer(net, options);
  fill_uniform(net.parameters(), 9, 0);
  for (std::uint64_t t = 0; t < 50; ++t) {
    fill_uniform(net.gradients(), 8, t);
    net.gradients() += net.parameters();
    optimizer.step(net);
  }
  CHECK(optimizer.steps() == 50);
  CHECK(relative_error(net.parameters().span(), expected) < tolerance);
}

template <template <class> class Optimizer, class Options>
void check_steps(const Options& options, std::span<const double> expected) {
  check_steps<float, Optimizer>(options, expected, 1e-5);
  check_steps<double, Optimizer>(options, expected, 1e-10);
}

/// Keeps every third parameter.
struct EveryThird {
  Tensor<std::uint8_t, Shape<20>> bytes;
  EveryThird() {
    for (Index i = 0; i < 20; i += 3) bytes(i) = 1;
  }
  [[nodiscard]] auto view() const { return bytes.view(); }
};

[[nodiscard]] inline bool is_positive_zero(float value) {
  return std::bit_cast<std::uint32_t>(value) == 0;
}

/// 1000 steps under a mask leave what it removes, and its gradient and state, at exactly +0, from
/// weights and gradients of either sign; what it keeps moves as without the mask.
template <template <class> class Optimizer, class Options>
void check_mask(const Options& options) {
  using Net = TwentyWeights<float>;
  const EveryThird mask;
  auto net = Net::create(0);
  auto free = Net::create(0);
  fill_uniform(net.parameters(), 9, 0);
  fill_uniform(free.parameters(), 9, 0);
  Optimizer<Net> optimizer(net, options);
  Optimizer<Net> free_optimizer(free, options);

  bool zero = true;
  for (std::uint64_t t = 0; t < 1000; ++t) {
    fill_uniform(net.gradients(), 8, t);
    fill_uniform(free.gradients(), 8, t);
    optimizer.step(net, mask);
    free_optimizer.step(free);
    for (Index i = 0; i < 20; ++i) {
      if (mask.view()(i) != 0) continue;
      zero &= is_positive_zero(net.parameters()(i)) && is_positive_zero(net.gradients()(i));
      for (auto* state : optimizer.states()) zero &= is_positive_zero((*state)(i));
    }
  }
  CHECK(zero);
  for (Index i = 0; i < 20; i += 3) {
    CHECK(net.parameters()(i) == free.parameters()(i));
    CHECK(net.parameters()(i) != 0);
  }
}

}  // namespace osteon::test
