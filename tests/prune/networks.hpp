// Networks and helpers that the pruning tests share.
#pragma once

#include <osteon/cpu/cpu.hpp>
#include <osteon/models/mlp.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/prune/prune.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::test {

/// Two inputs, two hidden neurons, one output; no biases.
using TwoNeurons = Model<models::MLP<Shape<2>, 1, false>, Shape<2>, double>;

/// 3 -> 4 -> 3 -> 2, no biases: 30 weights.
using SmallMlp = Model<models::MLP<Shape<4, 3>, 2, false>, Shape<3>, double>;

/// A residual network with an identity block, a block with a projection, and a bias in its head.
struct SmallResNetLayers : nn::Sequential<nn::Named<"conv1", nn::Conv2d<8, 3, 1, 1, nn::no_bias>>,
                                          nn::Named<"bn1", nn::BatchNorm2d>, nn::ReLU,
                                          nn::Named<"layer1", models::BasicBlock<8>>,
                                          nn::Named<"layer2", models::BasicBlock<16, 2>>,
                                          nn::GlobalAvgPool2d, nn::Named<"fc", nn::Linear<3>>> {};
template <class T>
using SmallResNet = Model<SmallResNetLayers, Shape<3, 8, 8>, T>;

/// Convolutions one after another: every layer is a cut.
struct SmallConvNetLayers
    : nn::Sequential<nn::Named<"conv1", nn::Conv2d<6, 3, 1, 1, nn::no_bias>>,
                     nn::Named<"bn1", nn::BatchNorm2d>, nn::ReLU, nn::MaxPool2d<2>,
                     nn::Named<"conv2", nn::Conv2d<8, 3, 1, 1, nn::no_bias>>,
                     nn::Named<"bn2", nn::BatchNorm2d>, nn::ReLU, nn::GlobalAvgPool2d,
                     nn::Named<"fc", nn::Linear<3>>> {};
template <class T>
using SmallConvNet = Model<SmallConvNetLayers, Shape<2, 8, 8>, T>;

template <class T, Index Size>
using ResNet18 = Model<models::ResNet18<2>, Shape<3, Size, Size>, T>;

/// Writes numbers into the weights, in network order.
template <class Model>
Model with_weights(const std::vector<double>& values) {
  Model model = Model::create(0);
  REQUIRE(model.parameters().size() == static_cast<Index>(values.size()));
  std::ranges::copy(values, model.parameters().span().begin());
  return model;
}

/// Gives BatchNorm what training leaves: statistics and scales of all sizes, negative ones too.
template <class Model>
void train_like(Model& model, std::uint64_t seed) {
  using T = typename Model::value_type;
  Random random(seed);
  for (const nn::LayerInfo& layer : Model::layers()) {
    if (!layer.is_batch_norm()) continue;
    for (T& mean : nn::part(model.buffers(), layer.buffers[0])) mean = T(0.3F * random.normal());
    for (T& var : nn::part(model.buffers(), layer.buffers[1])) var = T(random.uniform(0.3F, 2.0F));
    for (T& scale : model.values(layer.parameters[0])) {
      scale = T(random.uniform(0.5F, 1.5F) * (random.chance(0.2F) ? -1.0F : 1.0F));
    }
    for (T& shift : model.values(layer.parameters[1])) shift = T(0.1F * random.normal());
  }
}

/// The parameter of that name.
template <class Model>
const nn::Parameter& parameter(std::string_view name) {
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      if (parameter.name == name) return parameter;
    }
  }
  fail("the network has no parameter ", name);
}

/// The sum of the scores of one parameter: the flow through it.
template <class Model>
double flow_through(std::span<const double> scores, std::string_view name) {
  double sum = 0;
  for (const double score : nn::part(scores, parameter<Model>(name))) sum += score;
  return sum;
}

/// R: the sum of the outputs of a linearised network for an input of `input` everywhere.
template <class Linear>
double flow(Linear& linear, double input = 1) {
  typename Linear::InputTensor x(1);
  x = input;
  return static_cast<double>(sum(linear.predict(x)));
}

/// The scores of the first iteration.
template <class Model>
std::vector<double> first_scores(const Model& model,
                                 prune::Linearization how = prune::Linearization::pure_scale) {
  std::vector<double> scores;
  const auto keep = [&](const prune::SynflowIteration& i) {
    scores.assign(i.scores().begin(), i.scores().end());
  };
  (void)prune::synflow(model, {.sparsity = 0, .iterations = 1, .linearization = how}, keep);
  return scores;
}

/// "0110 11": one digit per prunable weight, one group per layer.
template <class Model>
std::string digits(const prune::Mask<Model>& mask) {
  std::string text;
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      if (!parameter.prunable()) continue;
      if (!text.empty()) text += ' ';
      for (const std::uint8_t keep : mask.span(parameter)) text += keep != 0 ? '1' : '0';
    }
  }
  return text;
}

/// Within a relative 1e-12.
inline doctest::Approx exactly(double value) { return doctest::Approx(value).epsilon(1e-12); }

}  // namespace osteon::test
