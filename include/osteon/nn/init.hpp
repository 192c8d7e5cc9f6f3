// Initial weights: PyTorch's defaults, and Kaiming and Xavier by name.
//
// He et al., "Delving deep into rectifiers", ICCV 2015; Glorot, Bengio, "Understanding the
// difficulty of training deep feedforward neural networks", AISTATS 2010.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/nn/description.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace osteon::nn {

/// How weights of convolutions and linear layers are drawn. Biases always follow PyTorch's default,
/// uniform in +-1/sqrt(fan_in) of their weight; BatchNorm starts as the identity.
enum class Initialization {
  pytorch_default,         // kaiming_uniform_(a = sqrt(5)): uniform in +-1/sqrt(fan_in)
  kaiming_uniform,         // fan_in, gain sqrt(2): uniform in +-sqrt(6 / fan_in)
  kaiming_normal,          // fan_in, gain sqrt(2): normal, deviation sqrt(2 / fan_in)
  kaiming_normal_fan_out,  // fan_out for convolutions, as torchvision's ResNet; linear: the default
  xavier_uniform,          // uniform in +-sqrt(6 / (fan_in + fan_out))
  xavier_normal,           // normal, deviation sqrt(2 / (fan_in + fan_out))
};

/// A network type may name its own: `static constexpr auto initialization = ...;`.
template <class Net>
constexpr Initialization initialization_of() {
  if constexpr (requires { Net::initialization; }) {
    return Net::initialization;
  } else {
    return Initialization::pytorch_default;
  }
}

namespace detail {

/// A distribution around 0: uniform in +-scale, or normal with deviation scale.
struct Distribution {
  bool normal;
  double scale;

  /// Element i of a tensor: a function of (seed, stream, i), so independent of layout and threads.
  [[nodiscard]] double operator()(const Philox& philox, Index i) const {
    const auto words = philox(static_cast<std::uint64_t>(i));
    const double u = to_unit(words[0]);
    if (!normal) return scale * (2 * u - 1);
    const double radius = std::sqrt(-2 * std::log(1 - u));
    return scale * radius * std::cos(2 * std::numbers::pi * static_cast<double>(to_unit(words[1])));
  }
};

[[nodiscard]] inline Distribution weight_distribution(Initialization how, const Parameter& weight) {
  const auto fan_in = static_cast<double>(weight.fan_in());
  const auto fan_out = static_cast<double>(weight.fan_out());
  switch (how) {
    case Initialization::kaiming_uniform:
      return {false, std::sqrt(6 / fan_in)};
    case Initialization::kaiming_normal:
      return {true, std::sqrt(2 / fan_in)};
    case Initialization::kaiming_normal_fan_out:
      if (weight.extents.size() == 4) return {true, std::sqrt(2 / fan_out)};
      break;
    case Initialization::xavier_uniform:
      return {false, std::sqrt(6 / (fan_in + fan_out))};
    case Initialization::xavier_normal:
      return {true, std::sqrt(2 / (fan_in + fan_out))};
    case Initialization::pytorch_default:
      break;
  }
  return {false, 1 / std::sqrt(fan_in)};
}

}  // namespace detail

/// Fills parameters and buffers (host memory) of the layers.
template <class T>
void initialize(const std::vector<LayerInfo>& layers, Initialization how, std::uint64_t seed,
                T* parameters, T* buffers) {
  std::uint64_t stream = 0;
  for (const LayerInfo& layer : layers) {
    for (const Parameter& parameter : layer.parameters) {
      const Philox philox{seed, ++stream};
      T* const values = parameters + parameter.offset;
      const auto draw = [&](const detail::Distribution& distribution) {
        for (Index i = 0; i < parameter.size; ++i) {
          values[parameter.storage_index(i)] = static_cast<T>(distribution(philox, i));
        }
      };
      switch (parameter.role) {
        case Role::weight:
          draw(detail::weight_distribution(how, parameter));
          break;
        case Role::bias:
          draw({false, 1 / std::sqrt(static_cast<double>(layer.parameters.front().fan_in()))});
          break;
        case Role::norm_weight:
          std::fill_n(values, parameter.size, T(1));
          break;
        case Role::norm_bias:
          std::fill_n(values, parameter.size, T(0));
          break;
      }
    }
    // running_mean 0, running_var 1
    for (const NamedBuffer& buffer : layer.buffers) {
      const bool variance = buffer.name.ends_with("running_var");
      std::fill_n(buffers + buffer.offset, buffer.size, variance ? T(1) : T(0));
    }
  }
}

}  // namespace osteon::nn
