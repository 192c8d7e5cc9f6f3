#include <osteon/nn/plan.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace osteon;
using nn::Kind;

namespace {

/// A linear layer of `in` to `out` features, or anything elementwise.
constexpr nn::Operation operation(Kind kind, nn::Value input, nn::Value output, Index in, Index out,
                                  nn::Value addend = nn::no_value) {
  return {.kind = kind,
          .input = input,
          .addend = addend,
          .output = output,
          .geometry = {1, in, 1, 1, out, 1, 1, 1, 1, 0}};
}

}  // namespace

TEST_CASE("plan_memory: inference takes two activations in turn") {
  constexpr std::array chain{
      operation(Kind::linear, 0, 1, 16, 32), operation(Kind::relu, 1, 2, 32, 32),
      operation(Kind::linear, 2, 3, 32, 64), operation(Kind::linear, 3, 4, 64, 32),
      operation(Kind::linear, 4, 5, 32, 16)};
  constexpr auto plan = nn::plan_memory(chain, 5, 10, false);
  static_assert(plan.fixed == 16);            // 10, aligned
  static_assert(plan.per_sample == 64 + 32);  // the largest neighbours
  static_assert(plan.places[0].input == nn::at_network_input);
  static_assert(plan.places[1].output == plan.places[0].output);  // ReLU works in place
  static_assert(plan.at(3) == 16 + 3 * 96);
}

TEST_CASE("plan_memory: what backward reads is kept, gradients take turns") {
  constexpr std::array chain{
      operation(Kind::linear, 0, 1, 16, 32), operation(Kind::relu, 1, 2, 32, 32),
      operation(Kind::linear, 2, 3, 32, 48), operation(Kind::linear, 3, 4, 48, 16)};
  constexpr auto plan = nn::plan_memory(chain, 4, 0, true);
  static_assert(plan.places[3].output_gradient == nn::at_network_output);
  static_assert(plan.places[0].input_gradient == nn::at_network_input);
  static_assert(plan.places[1].input_gradient == plan.places[1].output_gradient);  // in place
  // ReLU's output and the second activation live to the end; the output's memory and the
  // gradients share what is left.
  static_assert(plan.per_sample >= 32 + 48 + 48 && plan.per_sample < 32 + 48 + 16 + 48 + 32);
  static_assert(plan.places[2].input != plan.places[3].input);
}

TEST_CASE("plan_memory: who comes second in backward adds to a gradient") {
  // y = linear(relu(x)) + relu(x)
  constexpr std::array residual{
      operation(Kind::linear, 0, 1, 16, 16), operation(Kind::relu, 1, 2, 16, 16),
      operation(Kind::linear, 2, 3, 16, 16), operation(Kind::add, 3, 4, 16, 16, 2)};
  constexpr auto plan = nn::plan_memory(residual, 4, 0, true);
  static_assert(!plan.places[3].adds_to_addend_gradient);
  static_assert(plan.places[2].adds_to_input_gradient);
  static_assert(plan.places[2].input_gradient == plan.places[3].addend_gradient);
  CHECK(plan.per_sample > 0);
}
