// 2-d convolution (cross-correlation), as torch.nn.Conv2d with square kernels and zero padding.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

#include <string>

namespace osteon::nn {
namespace detail {

inline void describe_conv2d(const std::string& path, Description& table, const Conv2dGeometry& g,
                            bool bias, Index macs) {
  std::string type = concat("Conv2d(", g.in_channels, ", ", g.out_channels, ", kernel ", g.kernel);
  if (g.stride > 1) type += concat(", stride ", g.stride);
  if (g.padding > 0) type += concat(", padding ", g.padding);
  const Index output[] = {g.out_channels, g.out_height, g.out_width};
  LayerInfo& layer = table.add(path, type + ')', output, macs);
  table.add_parameter(layer, "weight", {g.out_channels, g.in_channels, g.kernel, g.kernel},
                      Role::weight);
  if (bias) table.add_parameter(layer, "bias", {g.out_channels}, Role::bias);
  layer.convolution = g;
}

}  // namespace detail

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
      detail::describe_conv2d(path, table, geometry, Bias, macs);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      return trace.add({.kind = Kind::conv2d, .input = x, .geometry = geometry, .bias = Bias},
                       parameters);
    }
  };
};

}  // namespace osteon::nn
