// What a SynFlow score is: the weight times the derivative of R, whatever the signs and scales.
#include <osteon/prune/synflow.hpp>

#include "networks.hpp"

using namespace osteon;
using namespace osteon::test;
using prune::Linearization;

namespace {

/// R of a linearised model with one weight changed.
template <class Linear>
double flow_with(Linear& linear, std::size_t at, double value) {
  double& weight = linear.parameters().span()[at];
  const double before = std::exchange(weight, value);
  const double result = flow(linear);
  weight = before;
  return result;
}

/// Every weight of one tensor, times a factor.
template <class Model>
void scale(Model& model, const nn::Parameter& parameter, double factor) {
  for (auto& value : model.values(parameter)) {
    value *= static_cast<typename Model::value_type>(factor);
  }
}

template <class Model>
void check_central_differences(const Model& model, Linearization how) {
  const auto scores = first_scores(model, how);
  auto linear = prune::linearize<double>(model, how);
  Random random(11);
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& p : layer.parameters) {
      if (!p.prunable()) continue;
      CAPTURE(p.name);
      for (int sample = 0; sample < 12; ++sample) {
        const auto at =
            static_cast<std::size_t>(p.offset) + random.below(static_cast<std::uint32_t>(p.size));
        const double weight = linear.parameters().span()[at];
        const double h = 1e-3 * weight;  // R is linear in each weight, so h need not be small
        const double slope =
            (flow_with(linear, at, weight + h) - flow_with(linear, at, weight - h)) / (2 * h);
        CHECK(scores[at] == doctest::Approx(weight * slope).epsilon(1e-7));
      }
    }
  }
}

}  // namespace

TEST_CASE("a score is the weight times dR/dw: central differences") {
  auto mlp = SmallMlp::create(1);
  check_central_differences(mlp, Linearization::pure_scale);
  auto residual = SmallResNet<float>::create(2);
  train_like(residual, 3);
  check_central_differences(residual, Linearization::pure_scale);
  check_central_differences(residual, Linearization::identity);
  check_central_differences(residual, Linearization::reference);
}

TEST_CASE("an input c times as large makes every score c times as large") {
  auto model = SmallResNet<float>::create(4);
  train_like(model, 5);
  const auto scores = first_scores(model);
  auto linear = prune::linearize<double>(model, Linearization::pure_scale);
  const double c = 3.7;
  CHECK(flow(linear, c) == exactly(c * flow(linear)));

  decltype(linear)::InputTensor x(1);
  decltype(linear)::OutputTensor dR(1);
  x = c;
  dR = 1;
  linear.zero_gradients();
  (void)linear.forward(x, nn::Mode::evaluation);
  linear.backward(dR);
  bool all = true;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double score = linear.parameters().span()[i] * linear.gradients().span()[i];
    all &= std::abs(score - c * scores[i]) <= 1e-12 * c * scores[i];
  }
  CHECK(all);
}

TEST_CASE("signs of weights don't matter") {
  const prune::SynflowOptions options{.sparsity = 0.9, .iterations = 10};
  auto model = SmallResNet<float>::create(6);
  train_like(model, 7);
  const auto mask = prune::synflow(model, options);
  Random random(8);
  model.for_each_parameter([&](const nn::Parameter&, std::span<float> values) {
    for (float& value : values) value = random.chance(0.5F) ? -value : value;
  });
  CHECK(prune::synflow(model, options) == mask);
}

TEST_CASE("scaling a layer of a sequential network leaves the mask as it is") {
  using Net = SmallConvNet<double>;
  const prune::SynflowOptions options{.sparsity = 0.9, .iterations = 10};
  auto model = Net::create(9);
  train_like(model, 10);
  const auto mask = prune::synflow(model, options);
  CHECK(mask.kept() == prune::kept_count(Net::prunable_count, 0.1));

  SUBCASE("by powers of two, which are exact") {
    scale(model, parameter<Net>("conv1.weight"), 1024);
    scale(model, parameter<Net>("conv2.weight"), 0.125);
    scale(model, parameter<Net>("fc.weight"), 4);
  }
  SUBCASE("by any factor") {
    scale(model, parameter<Net>("conv1.weight"), 0.3);
    scale(model, parameter<Net>("bn2.weight"), 17);
  }
  CHECK(prune::synflow(model, options) == mask);
}

TEST_CASE("the scale of BatchNorm's statistics is part of the flow, its shift is not") {
  auto model = SmallConvNet<double>::create(11);
  train_like(model, 12);
  const auto scores = first_scores(model);
  for (double& shift : model.values(parameter<SmallConvNet<double>>("bn1.bias"))) shift = 5;
  for (double& mean : nn::part(model.buffers(), model.layers()[1].buffers[0])) mean = -3;
  CHECK(first_scores(model) == scores);
  nn::part(model.buffers(), model.layers()[1].buffers[1])[0] *= 4;  // half as wide a pipe
  CHECK(first_scores(model) != scores);
}

TEST_CASE("linearize: what each policy makes of a network") {
  using Net = SmallConvNet<float>;
  auto model = Net::create(13);
  train_like(model, 14);
  const auto& bn = Net::layers()[1];
  REQUIRE(bn.is_batch_norm());
  const float weight = model.values(bn.parameters[0])[2];
  const float bias = model.values(bn.parameters[1])[2];
  const float mean = nn::part(std::as_const(model).buffers(), bn.buffers[0])[2];
  const float variance = nn::part(std::as_const(model).buffers(), bn.buffers[1])[2];
  const auto& conv = parameter<Net>("conv1.weight");

  const auto state = [&](Linearization how) {
    auto linear = prune::linearize<double>(model, how);
    CHECK(linear.values(conv)[5] == std::abs(double{model.values(conv)[5]}));
    return std::vector<double>{
        linear.values(bn.parameters[0])[2], linear.values(bn.parameters[1])[2],
        nn::part(linear.buffers(), bn.buffers[0])[2], nn::part(linear.buffers(), bn.buffers[1])[2]};
  };
  CHECK(state(Linearization::reference) == std::vector<double>{std::abs(double{weight}),
                                                               std::abs(double{bias}),
                                                               std::abs(double{mean}), variance});
  const double scale = std::abs(double{weight}) / std::sqrt(double{variance} + 1e-5);
  CHECK(state(Linearization::pure_scale)[0] == exactly(scale));
  CHECK(state(Linearization::identity)[0] == 1);
  for (const auto how : {Linearization::pure_scale, Linearization::identity}) {
    const auto values = state(how);
    CHECK(values[1] == 0);
    CHECK(values[2] == 0);
    CHECK(values[3] + bn.epsilon == exactly(1));
  }
}
