// Batch normalisation, as torch.nn.BatchNorm2d with its defaults: affine, running statistics with
// momentum 0.1, epsilon 1e-5.
//
// Ioffe, Szegedy, "Batch Normalization", ICML 2015.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

namespace osteon::nn {

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
    /// The mean and 1 / sqrt(variance + epsilon) of the pass.
    static constexpr Extent saved{0, 2 * channels};
    static constexpr Extent scratch = saved;  // where nothing is recorded

    static void describe(const std::string& path, Description& table) {
      LayerInfo& layer = table.add(path, concat("BatchNorm2d(", channels, ')'), In{});
      layer.epsilon = epsilon;
      table.add_parameter(layer, "weight", {channels}, Role::norm_weight);
      table.add_parameter(layer, "bias", {channels}, Role::norm_bias);
      table.add_buffer(layer, "running_mean", channels);
      table.add_buffer(layer, "running_var", channels);
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>& memory) {
      T* const statistics = pass.record ? memory.saved : memory.scratch;
      batch_norm_forward(pass.device, pass.batch * pixels, channels, pass.mode == Mode::training,
                         epsilon, momentum, x, memory.parameters, memory.parameters + channels,
                         memory.buffers, memory.buffers + channels, statistics,
                         statistics + channels, y);
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* x, const T* /*y*/, const T* dy, T* dx,
                         const Memory<T>& memory) {
      const T* const statistics = memory.saved;
      batch_norm_backward(pass.device, pass.batch * pixels, channels, pass.mode == Mode::training,
                          x, dy, memory.parameters, statistics, statistics + channels,
                          memory.gradients, memory.gradients + channels, dx);
    }

   private:
    static constexpr Index pixels = image::extent(1) * image::extent(2);
  };
};

}  // namespace osteon::nn
