// Pooling layers and Flatten: from images to smaller images and to vectors.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

#include <span>
#include <string>
#include <string_view>

namespace osteon::nn {
namespace detail {

template <class Layer, AnyShape In, Index Kernel, Index Stride, Index Padding>
using pooled =
    decltype(sliding_window<Layer, In, image_or_pixel<In>::extent(0), Kernel, Stride, Padding>());

inline void describe_pool2d(const std::string& path, Description& table, std::string_view name,
                            Index kernel, Index stride, Index padding,
                            std::span<const Index> output) {
  table.add(path, concat(name, '(', kernel, ", stride ", stride, ", padding ", padding, ')'),
            output);
}

}  // namespace detail

/// The largest value of each window, as torch.nn.MaxPool2d; padding never wins.
template <Index Kernel, Index Stride = Kernel, Index Padding = 0>
struct MaxPool2d {
  static_assert(2 * Padding <= Kernel, "osteon: padding may be at most half of the kernel");

  template <AnyShape In>
  struct Bound : BoundLayer<In, detail::pooled<MaxPool2d, In, Kernel, Stride, Padding>> {
    using output = detail::pooled<MaxPool2d, In, Kernel, Stride, Padding>;

    static void describe(const std::string& path, Description& table) {
      detail::describe_pool2d(path, table, "MaxPool2d", Kernel, Stride, Padding, output::extents);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      return trace.add({.kind = Kind::max_pool2d,
                        .input = x,
                        .geometry = image_geometry<detail::image_or_pixel<In>, output>(
                            Kernel, Stride, Padding)});
    }
  };
};

/// The mean of each window, as torch.nn.AvgPool2d; padding counts as zeros.
template <Index Kernel, Index Stride = Kernel, Index Padding = 0>
struct AvgPool2d {
  static_assert(2 * Padding <= Kernel, "osteon: padding may be at most half of the kernel");

  template <AnyShape In>
  struct Bound : BoundLayer<In, detail::pooled<AvgPool2d, In, Kernel, Stride, Padding>> {
    using output = detail::pooled<AvgPool2d, In, Kernel, Stride, Padding>;

    static void describe(const std::string& path, Description& table) {
      detail::describe_pool2d(path, table, "AvgPool2d", Kernel, Stride, Padding, output::extents);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      return trace.add({.kind = Kind::avg_pool2d,
                        .input = x,
                        .geometry = image_geometry<detail::image_or_pixel<In>, output>(
                            Kernel, Stride, Padding)});
    }
  };
};

/// The mean of each channel, (C, H, W) -> (C): torchvision's AdaptiveAvgPool2d(1) and flatten.
struct GlobalAvgPool2d {
  template <AnyShape In>
  struct Bound : BoundLayer<In, Shape<detail::image_or_pixel<In>::extent(0)>> {
    using image = decltype(detail::image_input<GlobalAvgPool2d, In>());
    using output = Shape<image::extent(0)>;

    static void describe(const std::string& path, Description& table) {
      table.add(path, "GlobalAvgPool2d", output::extents);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      return trace.add({.kind = Kind::global_avg_pool2d,
                        .input = x,
                        .geometry = image_geometry<image, output>()});
    }
  };
};

/// (C, H, W) -> (C H W), in PyTorch's order: channel by channel, whatever the layout in memory.
struct Flatten {
  template <AnyShape In>
  struct Bound : BoundLayer<In, Shape<In::size>> {
    static void describe(const std::string& path, Description& table) {
      table.add(path, "Flatten", Shape<In::size>::extents);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      if (in_order) return x;
      return trace.add(
          {.kind = Kind::flatten, .input = x, .geometry = image_geometry<In, Shape<In::size>>()});
    }

   private:
    /// A vector, or one pixel, lies in memory as it should already.
    static constexpr bool in_order = In::rank == 1 || In::size == In::extent(0);
  };
};

}  // namespace osteon::nn
