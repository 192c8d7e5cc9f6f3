#include <osteon/optim/sgd.hpp>

#include "optimizer_check.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using optim::SGD;
using optim::SGDOptions;
using test::check_mask;
using test::check_steps;
namespace expected = osteon::test::optim;

TEST_CASE("SGD: 50 steps are torch's") {
  check_steps<SGD, SGDOptions>({.learning_rate = 0.05}, expected::sgd_plain);
  check_steps<SGD, SGDOptions>({.learning_rate = 0.02, .momentum = 0.9}, expected::sgd_momentum);
  check_steps<SGD, SGDOptions>({.learning_rate = 0.05, .momentum = 0.8, .dampening = 0.3},
                               expected::sgd_dampening);
  check_steps<SGD, SGDOptions>({.learning_rate = 0.02, .momentum = 0.9, .nesterov = true},
                               expected::sgd_nesterov);
  check_steps<SGD, SGDOptions>({.learning_rate = 0.02, .momentum = 0.9, .weight_decay = 0.3},
                               expected::sgd_decay);
  check_steps<SGD, SGDOptions>(
      {.learning_rate = 0.02, .momentum = 0.9, .weight_decay = 0.1, .nesterov = true},
      expected::sgd_nesterov_decay);
}

TEST_CASE("SGD: what the mask removes stays +0 for 1000 steps") {
  check_mask<SGD, SGDOptions>({.learning_rate = 0.05});
  check_mask<SGD, SGDOptions>({.learning_rate = 0.02, .momentum = 0.9, .weight_decay = 0.01});
  check_mask<SGD, SGDOptions>(
      {.learning_rate = 0.02, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true});
}

TEST_CASE("SGD: Nesterov needs momentum without dampening") {
  using Net = test::TwentyWeights<float>;
  const auto net = Net::create(0);
  CHECK_THROWS_AS((SGD<Net>(net, {.nesterov = true})), Error);
  CHECK_THROWS_AS((SGD<Net>(net, {.momentum = 0.9, .dampening = 0.1, .nesterov = true})), Error);
}
