// Gradients against central differences, in double.
#pragma once

#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace osteon::test {

/// The largest difference between `analytic` and central differences of `loss` by `values`,
/// relative to the largest gradient. The step is small enough for the cubic term and large enough
/// for the rounding of a loss of about 1 to stay below 1e-9.
inline double gradient_error(const std::function<double()>& loss, std::span<double> values,
                             std::span<const double> analytic) {
  constexpr double step = 1e-5;
  double scale = 1e-2, largest = 0;
  for (const double gradient : analytic) scale = std::max(scale, std::abs(gradient));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    values[i] = value + step;
    const double above = loss();
    values[i] = value - step;
    const double below = loss();
    values[i] = value;
    const double error = std::abs((above - below) / (2 * step) - analytic[i]);
    largest = error <= largest ? largest : std::isnan(error) ? INFINITY : error;
  }
  return largest / scale;
}

/// Values of either sign and at least 0.05 from 0, the kink of ReLU.
inline void fill_away_from_zero(std::span<double> values, std::uint64_t stream) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = uniform(20, stream, static_cast<Index>(i));
    values[i] = value + std::copysign(0.05, value);
  }
}

/// Checks the gradients of all parameters and of the input of a network in one mode, for a random
/// linear function of its output as the loss.
template <class Net, AnyShape Input>
void check_gradients(Index batch, nn::Mode mode) {
  using Model = osteon::Model<Net, Input, double>;
  Model model = Model::create(1);
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      fill_away_from_zero(model.values(parameter), static_cast<std::uint64_t>(parameter.offset));
    }
    for (const nn::NamedBuffer& buffer : layer.buffers) {
      const bool variance = buffer.name.ends_with("running_var");
      for (double& value : nn::part(model.buffers(), buffer)) {
        const Index i = &value - model.buffers().data();
        value = uniform(21, 0, i, 0.5, variance ? 1 : 0);
      }
    }
  }
  typename Model::InputTensor x(batch);
  fill_away_from_zero(x.span(), 1'000'000);
  std::vector<double> slope(static_cast<std::size_t>(batch * Model::output_shape::size));
  fill_away_from_zero(slope, 1'000'001);
  const typename Model::OutputView dy(slope.data(), batch);

  constexpr std::uint64_t step = 3;  // Dropout draws the same mask every time
  const auto loss = [&] {
    const auto y = model.forward(x, mode, step);
    double total = 0;
    for (std::size_t i = 0; i < slope.size(); ++i) total += slope[i] * y.span()[i];
    return total;
  };

  loss();
  std::vector<double> dx(static_cast<std::size_t>(x.size()));
  model.backward(dy, dx.data());
  const std::vector<double> gradients(model.gradients().span().begin(),
                                      model.gradients().span().end());
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      CAPTURE(parameter.name);
      CHECK(gradient_error(loss, model.values(parameter),
                           nn::part(std::span(gradients), parameter)) < 1e-6);
    }
  }
  CHECK(gradient_error(loss, x.span(), dx) < 1e-6);

  // Gradients add up, also when nobody asks for that of the input.
  loss();
  model.backward(dy);
  std::vector<double> twice = gradients;
  for (double& gradient : twice) gradient *= 2;
  CHECK(relative_error(model.gradients().span(), twice) < 1e-12);
}

/// The text of a network for messages: its layers and its input.
template <class Net, AnyShape Input>
std::string network_text() {
  std::string text = to_string<Input>();
  for (const nn::LayerInfo& layer : Model<Net, Input, double>::layers()) text += " > " + layer.type;
  return text;
}

/// Both modes; with one thread, as the networks are too small for more.
template <class Net, AnyShape Input>
void check_gradients(Index batch) {
  const int threads = cpu::num_threads();
  cpu::set_num_threads(1);
  const std::string network = network_text<Net, Input>();
  CAPTURE(network);
  CAPTURE(batch);
  for (const nn::Mode mode : {nn::Mode::training, nn::Mode::evaluation}) {
    const bool training = mode == nn::Mode::training;
    CAPTURE(training);
    check_gradients<Net, Input>(batch, mode);
  }
  cpu::set_num_threads(threads);
}

}  // namespace osteon::test
