// A multilayer perceptron: fully connected layers with ReLU between them.
#pragma once

#include <osteon/nn/activation.hpp>
#include <osteon/nn/linear.hpp>
#include <osteon/nn/pool2d.hpp>
#include <osteon/nn/sequential.hpp>

namespace osteon::models {

namespace detail {

template <Index Width, bool Bias>
struct HiddenLayer : nn::Sequential<nn::Named<"", nn::Linear<Width, Bias>>, nn::ReLU> {};

template <bool Bias, class Hidden, Index Out>
struct MlpLayers;
template <bool Bias, Index... Hidden, Index Out>
struct MlpLayers<Bias, Shape<Hidden...>, Out> {
  using type = nn::Sequential<nn::Named<"", nn::Flatten>, HiddenLayer<Hidden, Bias>...,
                              nn::Linear<Out, Bias>>;
};

}  // namespace detail

/// MLP<Shape<300, 100>, 10>: any input, flattened; two hidden layers; 10 outputs.
template <class Hidden, Index Out, bool Bias = true>
struct MLP : detail::MlpLayers<Bias, Hidden, Out>::type {};

}  // namespace osteon::models
