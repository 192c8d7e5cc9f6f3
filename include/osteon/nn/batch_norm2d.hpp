// Batch normalisation, as torch.nn.BatchNorm2d with its defaults: affine, running statistics with
// momentum 0.1, epsilon 1e-5.
//
// Ioffe, Szegedy, "Batch Normalization", ICML 2015.
#pragma once

#include <osteon/core/tensor.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

#include <type_traits>

namespace osteon::nn {

/// (C, H, W) -> the same. In training each channel is normalised with the batch's mean and biased
/// variance, and the running statistics follow (the running variance is unbiased, as in PyTorch);
/// in evaluation the running statistics are used, in backward too.
struct BatchNorm2d {
  static constexpr double epsilon = 1e-5;
  static constexpr double momentum = 0.1;

  template <AnyShape In>
  struct Bound : BoundLayer<In> {
    static_assert(error::image_input<BatchNorm2d, In>::given,
                  "osteon: BatchNorm2d takes images, Shape<channels, height, width>; see "
                  "error::image_input<layer, given>");
    using image = detail::image_or_pixel<In>;

    static constexpr Index channels = image::extent(0);
    static constexpr Index parameters = 2 * channels;  // weight, bias
    static constexpr Index buffers = 2 * channels;     // running mean, running variance
    /// The mean and 1 / sqrt(variance + epsilon) of the pass.
    static constexpr Extent saved{0, 2 * channels};
    /// Three channel vectors.
    static constexpr Extent scratch{0, 3 * channels};

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
      const Index rows = pass.batch * image::extent(1) * image::extent(2);
      T* const statistics = pass.record ? memory.saved : memory.scratch;
      Vector<T, Device> mean(statistics);
      Vector<T, Device> inverse(statistics + channels);
      Vector<T, Device> running_mean(memory.buffers);
      Vector<T, Device> running_var(memory.buffers + channels);
      if (pass.mode == Mode::training) {
        channel_statistics(pass.device, rows, channels, x, mean.data(), inverse.data());
        constexpr T m = static_cast<T>(momentum);
        const T unbiased = static_cast<T>(rows) / static_cast<T>(rows > 1 ? rows - 1 : 1);
        running_mean = (T(1) - m) * running_mean + m * mean;
        running_var = (T(1) - m) * running_var + m * unbiased * inverse;
      } else {
        mean = running_mean;
        inverse = running_var;
      }
      inverse = T(1) / sqrt(inverse + static_cast<T>(epsilon));

      Vector<T, Device> scale(memory.scratch + 2 * channels);
      const Vector<const T, Device> weight(memory.parameters);
      const Vector<const T, Device> bias(memory.parameters + channels);
      scale = weight * inverse;
      Images<T, Device>(y, pass.batch) =
          (Images<const T, Device>(x, pass.batch) - channel(mean)) * channel(scale) + channel(bias);
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* x, const T* /*y*/, const T* dy, T* dx,
                         const Memory<T>& memory) {
      const Index rows = pass.batch * image::extent(1) * image::extent(2);
      const Vector<const T, Device> weight(memory.parameters);
      const Vector<const T, Device> mean(memory.saved);
      const Vector<const T, Device> inverse(memory.saved + channels);
      Vector<T, Device> sum_dy(memory.scratch);
      Vector<T, Device> sum_dy_x(memory.scratch + channels);
      Vector<T, Device> scale(memory.scratch + 2 * channels);
      channel_gradient_sums(pass.device, rows, channels, x, dy, mean.data(), sum_dy.data(),
                            sum_dy_x.data());
      Vector<T, Device>(memory.gradients) += sum_dy_x * inverse;
      Vector<T, Device>(memory.gradients + channels) += sum_dy;
      if (dx == nullptr) return;

      scale = weight * inverse;
      const Images<const T, Device> gradient(dy, pass.batch);
      const Images<T, Device> result(dx, pass.batch);
      if (pass.mode == Mode::evaluation) {
        result = gradient * channel(scale);
        return;
      }
      // dx = scale (dy - mean(dy) - (x - mean) inverse^2 mean(dy (x - mean)))
      const T n = static_cast<T>(rows);
      sum_dy = sum_dy / n;
      sum_dy_x = sum_dy_x * square(inverse) / n;
      result = (gradient - channel(sum_dy) -
                (Images<const T, Device>(x, pass.batch) - channel(mean)) * channel(sum_dy_x)) *
               channel(scale);
    }

   private:
    template <class T, class Device>
    using Vector = TensorView<T, Shape<channels>, Contiguous, Device>;
    template <class T, class Device>
    using Images = TensorView<T, Batched<image>, ChannelsLast, Device>;
  };
};

}  // namespace osteon::nn
