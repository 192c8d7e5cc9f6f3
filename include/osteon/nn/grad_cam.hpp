// Where in an image a network looks: Grad-CAM.
//
// Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra, "Grad-CAM: visual explanations from deep
// networks via gradient-based localization", ICCV 2017. With A the activation of a layer and y the
// score (logit) of a class:
//
//   w_k = mean over the pixels of dy / dA_k,     map = ReLU(sum over k of w_k A_k)
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>
#include <osteon/nn/program.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace osteon::nn {

/// What of an image speaks for a class.
struct GradCam {
  Index height = 0, width = 0;
  std::vector<double> map;  ///< (height, width), at least 0, in the score's units
  double score = 0;         ///< the class's logit
};

namespace detail {

/// The operation that `layer` ("layer4", "layer3.0.conv1") ends in; with no name, the last one that
/// gives an image of more than one pixel.
[[nodiscard]] inline int operation_of_layer(const Program& program,
                                            const std::vector<LayerInfo>& layers,
                                            std::string_view layer) {
  const auto gives_image = [](const Operation& o) {
    return o.geometry.out_height * o.geometry.out_width > 1;
  };
  const auto in_layer = [&](const Operation& o) {
    if (o.kind != Kind::conv2d && o.kind != Kind::batch_norm2d) return false;
    for (const LayerInfo& info : layers) {
      const std::string_view name = info.name;
      const bool inside =
          name.starts_with(layer) && (name.size() == layer.size() || name[layer.size()] == '.');
      if (inside && !info.parameters.empty() && info.parameters.front().offset == o.parameters_at)
        return true;
    }
    return false;
  };
  for (int i = program.count - 1; i >= 0; --i) {
    const Operation& o = program.operations[i];
    if (layer.empty() ? gives_image(o) : in_layer(o)) return i;
  }
  fail(layer.empty() ? concat("no layer of the network gives an image of more than one pixel")
                     : concat("no convolution or batch normalisation is in a layer \"", layer, '"'),
       "; Grad-CAM needs an activation with positions");
}

}  // namespace detail

/// Grad-CAM of one image (a batch of 1) for `target`, at the output of `layer`: a convolution or
/// batch normalisation, or a block or stage that ends in one, with the addition and ReLU that batch
/// normalisation has taken over. By default the last convolutional stage ("layer4" of a ResNet).
/// Runs in evaluation mode; leaves the parameters' gradients at 0. Throws Error if there is no such
/// class or layer.
template <class Model>
[[nodiscard]] GradCam grad_cam(Model& model, const typename Model::InputView& image, Index target,
                               std::string_view layer = {}) {
  using T = typename Model::activation_type;
  static_assert(Model::output_shape::rank == 1, "osteon: Grad-CAM explains scores of classes");
  constexpr Index classes = Model::output_shape::size;
  require(image.batch() == 1, "Grad-CAM explains one image at a time, not ", image.batch());
  require(target >= 0 && target < classes, "class ", target, " is not one of ", classes,
          " classes");
  const int at = detail::operation_of_layer(model.program(), Model::layers(), layer);

  std::vector<T> activation, gradient;
  const auto keep = [at](std::vector<T>& copy) {
    return [at, &copy](int operation, std::span<const T> values) {
      if (operation == at) copy.assign(values.begin(), values.end());
    };
  };
  const auto logits = model.forward(image, Mode::evaluation, 0, keep(activation));
  GradCam result;
  result.score = static_cast<double>(logits.span()[static_cast<std::size_t>(target)]);
  typename Model::OutputTensor dlogits(1);
  dlogits.span()[static_cast<std::size_t>(target)] = T(1);
  model.backward(dlogits, nullptr, keep(gradient));
  model.zero_gradients();

  const Conv2dGeometry& g = model.program().operations[at].geometry;
  result.height = g.out_height;
  result.width = g.out_width;
  const auto channels = static_cast<std::size_t>(g.out_channels);
  const std::size_t pixels = activation.size() / channels;
  std::vector<double> weights(channels);
  for (std::size_t i = 0; i < gradient.size(); ++i)
    weights[i % channels] += static_cast<double>(gradient[i]) / static_cast<double>(pixels);
  for (std::size_t p = 0; p < pixels; ++p) {
    double sum = 0;
    for (std::size_t k = 0; k < channels; ++k)
      sum += weights[k] * static_cast<double>(activation[p * channels + k]);
    result.map.push_back(std::max(sum, 0.0));
  }
  return result;
}

}  // namespace osteon::nn
