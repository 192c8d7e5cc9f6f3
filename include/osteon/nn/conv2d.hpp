// 2-d convolution (cross-correlation), as torch.nn.Conv2d with square kernels and zero padding.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

namespace osteon::nn {

/// (C, H, W) -> (Out, (H + 2 Padding - Kernel) / Stride + 1, the same for W).
template <Index Out, Index Kernel, Index Stride = 1, Index Padding = 0, bool Bias = true>
struct Conv2d {
  static_assert(
      Out > 0 && Kernel > 0 && Stride > 0 && Padding >= 0,
      "osteon: Conv2d<out channels, kernel, stride, padding, bias> takes positive extents");

  template <AnyShape In>
  struct Bound
      : BoundLayer<In,
                   decltype(detail::sliding_window<Conv2d, In, Out, Kernel, Stride, Padding>())> {
    using Base =
        BoundLayer<In,
                   decltype(detail::sliding_window<Conv2d, In, Out, Kernel, Stride, Padding>())>;
    using output = typename Base::output;
    using image = detail::image_or_pixel<In>;

    static constexpr Index channels = image::extent(0);
    static constexpr Index prunable = Out * channels * Kernel * Kernel;
    static constexpr Index parameters = prunable + (Bias ? Out : 0);
    static constexpr Index macs = prunable * output::extent(1) * output::extent(2);
    static constexpr Conv2dGeometry geometry =
        image_geometry<image, output>(Kernel, Stride, Padding);

    static void describe(const std::string& path, Description& table) {
      LayerInfo& layer = table.add(path,
                                   concat("Conv2d(", channels, ", ", Out, ", kernel ", Kernel,
                                          Stride > 1 ? concat(", stride ", Stride) : "",
                                          Padding > 0 ? concat(", padding ", Padding) : "", ')'),
                                   output{}, macs);
      table.add_parameter(layer, "weight", {Out, channels, Kernel, Kernel}, Role::weight);
      if (Bias) table.add_parameter(layer, "bias", {Out}, Role::bias);
      layer.convolution = geometry;
    }

    static constexpr Value trace(Trace& trace, Value x) {
      return trace.add({.kind = Kind::conv2d, .input = x, .geometry = geometry, .bias = Bias},
                       parameters);
    }
  };
};

}  // namespace osteon::nn
