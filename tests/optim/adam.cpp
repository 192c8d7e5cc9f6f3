#include <osteon/optim/adam.hpp>

#include "optimizer_check.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using optim::Adam;
using optim::AdamOptions;
using optim::AdamW;
using optim::AdamWOptions;
using test::check_mask;
using test::check_steps;
namespace expected = osteon::test::optim;

TEST_CASE("Adam: 50 steps are torch's") {
  check_steps<Adam, AdamOptions>({.learning_rate = 0.02}, expected::adam);
  check_steps<Adam, AdamOptions>(
      {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.2},
      expected::adam_decay);
}

TEST_CASE("AdamW: 50 steps are torch's") {
  check_steps<AdamW, AdamWOptions>({.learning_rate = 0.02}, expected::adamw);
  check_steps<AdamW, AdamWOptions>(
      {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .weight_decay = 0.5},
      expected::adamw_decay);
}

TEST_CASE("Adam and AdamW: what the mask removes stays +0 for 1000 steps") {
  check_mask<Adam, AdamOptions>({.learning_rate = 1e-3});
  check_mask<Adam, AdamOptions>({.learning_rate = 1e-3, .weight_decay = 0.1});
  check_mask<AdamW, AdamWOptions>({.learning_rate = 1e-3, .weight_decay = 0.1});
}
