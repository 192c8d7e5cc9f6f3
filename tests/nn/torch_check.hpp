// Runs a network as layer_fixture.py runs the same torch module, and compares.
#pragma once

#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <span>
#include <vector>

namespace osteon::test {

/// What layer_fixture.py prints.
struct Expected {
  std::span<const double> y, dx, gradients, buffers, evaluated;
};
/// The fixture `name` of layer_fixture.py.
#define OSTEON_EXPECTED(name) \
  (::osteon::test::Expected{name::y, name::dx, name::gradients, name::buffers, name::evaluated})

/// All parameters, gradients or the like, each in PyTorch's order.
template <class Model, class T>
[[nodiscard]] std::vector<double> in_torch_order(std::span<T> all) {
  std::vector<double> values;
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      const auto part = nn::part(all, parameter);
      for (Index i = 0; i < parameter.size; ++i) {
        const auto at = static_cast<std::size_t>(parameter.storage_index(i));
        values.push_back(static_cast<double>(part[at]));
      }
    }
  }
  return values;
}

template <class Net, AnyShape Input, class T>
void check_against_torch(const Expected& expected, double tolerance, Index batch, int steps) {
  using Model = osteon::Model<Net, Input, T>;
  Model model = Model::create(0);
  std::uint64_t k = 0;
  model.for_each_parameter([&](const nn::Parameter& parameter, std::span<T> values) {
    for (Index i = 0; i < parameter.size; ++i) {
      values[static_cast<std::size_t>(parameter.storage_index(i))] =
          static_cast<T>(uniform(1, k, i, 0.5));
    }
    ++k;
  });

  typename Model::InputTensor x(batch);
  Tensor<T, Batched<Input>, ChannelsLast> dx(batch);
  typename Model::OutputTensor dy(batch);
  for (int step = 0; step < steps; ++step) {
    fill_uniform(x.view(), 2, static_cast<std::uint64_t>(step));
    fill_uniform(dy.view(), 3, static_cast<std::uint64_t>(step));
    const auto y = model.forward(x, nn::Mode::training);
    if (step == steps - 1) CHECK(relative_error(logical_values(y), expected.y) < tolerance);
    model.backward(dy, dx.data());
  }
  CHECK(relative_error(logical_values(dx.view()), expected.dx) < tolerance);
  if constexpr (Model::parameter_count > 0) {
    const auto gradients = in_torch_order<Model>(model.gradients().span());
    CHECK(relative_error(gradients, expected.gradients) < tolerance);
  }
  if constexpr (Model::buffer_count > 0) {
    CHECK(relative_error(model.buffers(), expected.buffers) < tolerance);
  }
  fill_uniform(x.view(), 2, 100);
  CHECK(relative_error(logical_values(model.predict(x)), expected.evaluated) < tolerance);
  const auto recorded = model.forward(x, nn::Mode::evaluation);
  CHECK(relative_error(logical_values(recorded), expected.evaluated) < tolerance);
}

/// In float and in double.
template <class Net, AnyShape Input>
void check_against_torch(const Expected& expected, Index batch = 2, int steps = 1) {
  SUBCASE("float") { check_against_torch<Net, Input, float>(expected, 1e-5, batch, steps); }
  SUBCASE("double") { check_against_torch<Net, Input, double>(expected, 1e-10, batch, steps); }
}

}  // namespace osteon::test
