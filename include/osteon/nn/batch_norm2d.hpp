// Batch normalisation, as torch.nn.BatchNorm2d with its defaults: affine, running statistics with
// momentum 0.1, epsilon 1e-5.
//
// Ioffe, Szegedy, "Batch Normalization", ICML 2015.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

#include <span>
#include <string>

namespace osteon::nn {
namespace detail {

inline void describe_batch_norm2d(const std::string& path, Description& table,
                                  std::span<const Index> extents, double epsilon) {
  const Index channels = extents.front();
  LayerInfo& layer = table.add(path, concat("BatchNorm2d(", channels, ')'), extents);
  layer.epsilon = epsilon;
  table.add_parameter(layer, "weight", {channels}, Role::norm_weight);
  table.add_parameter(layer, "bias", {channels}, Role::norm_bias);
  table.add_buffer(layer, "running_mean", channels);
  table.add_buffer(layer, "running_var", channels);
}

}  // namespace detail

/// (C, H, W) -> the same. In training each channel is normalised with the batch's mean and biased
/// variance, and the running statistics follow (the running variance is unbiased, as in PyTorch);
/// in evaluation the running statistics are used, in backward too.
struct BatchNorm2d {
  static constexpr double epsilon = 1e-5;
  static constexpr double momentum = 0.1;

  template <AnyShape In>
  struct Bound : BoundLayer<In> {
    using image = decltype(detail::image_input<BatchNorm2d, In>());

    static constexpr Index channels = image::extent(0);
    static constexpr Index parameters = 2 * channels;  // weight, bias
    static constexpr Index buffers = 2 * channels;     // running mean, running variance

    static void describe(const std::string& path, Description& table) {
      detail::describe_batch_norm2d(path, table, In::extents, epsilon);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      return trace.add({.kind = Kind::batch_norm2d,
                        .input = x,
                        .geometry = image_geometry<image, image>(),
                        .epsilon = epsilon,
                        .momentum = momentum,
                        // the mean and 1 / sqrt(variance + epsilon) of the pass
                        .kept = 2 * channels},
                       parameters, buffers);
    }
  };
};

}  // namespace osteon::nn
