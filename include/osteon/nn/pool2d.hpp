// Pooling layers and Flatten: from images to smaller images and to vectors.
#pragma once

#include <osteon/core/tensor.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

namespace osteon::nn {
namespace detail {

template <class Layer, AnyShape In, Index Kernel, Index Stride, Index Padding>
using pooled =
    decltype(sliding_window<Layer, In, image_or_pixel<In>::extent(0), Kernel, Stride, Padding>());

}  // namespace detail

/// The largest value of each window, as torch.nn.MaxPool2d; padding never wins.
template <Index Kernel, Index Stride = Kernel, Index Padding = 0>
struct MaxPool2d {
  static_assert(2 * Padding <= Kernel, "osteon: padding may be at most half of the kernel");

  template <AnyShape In>
  struct Bound : BoundLayer<In, detail::pooled<MaxPool2d, In, Kernel, Stride, Padding>> {
    using output = detail::pooled<MaxPool2d, In, Kernel, Stride, Padding>;
    static constexpr bool needs_output = true;

    static void describe(const std::string& path, Description& table) {
      table.add(path, concat("MaxPool2d(", Kernel, ", stride ", Stride, ", padding ", Padding, ')'),
                output{});
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>&) {
      max_pool2d_forward(pass.device, geometry(pass.batch), x, y);
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* x, const T* y, const T* dy, T* dx,
                         const Memory<T>&) {
      if (dx != nullptr) max_pool2d_backward(pass.device, geometry(pass.batch), x, y, dy, dx);
    }

   private:
    static Conv2dGeometry geometry(Index batch) {
      return detail::window_geometry<detail::image_or_pixel<In>, output>(batch, Kernel, Stride,
                                                                         Padding);
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
      table.add(path, concat("AvgPool2d(", Kernel, ", stride ", Stride, ", padding ", Padding, ')'),
                output{});
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>&) {
      avg_pool2d_forward(pass.device, geometry(pass.batch), x, y);
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* /*x*/, const T* /*y*/, const T* dy,
                         T* dx, const Memory<T>&) {
      if (dx != nullptr) avg_pool2d_backward(pass.device, geometry(pass.batch), dy, dx);
    }

   private:
    static Conv2dGeometry geometry(Index batch) {
      return detail::window_geometry<detail::image_or_pixel<In>, output>(batch, Kernel, Stride,
                                                                         Padding);
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
      table.add(path, "GlobalAvgPool2d", output{});
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>&) {
      global_avg_pool2d_forward(pass.device, pass.batch, pixels, image::extent(0), x, y);
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* /*x*/, const T* /*y*/, const T* dy,
                         T* dx, const Memory<T>&) {
      if (dx != nullptr) {
        global_avg_pool2d_backward(pass.device, pass.batch, pixels, image::extent(0), dy, dx);
      }
    }

   private:
    static constexpr Index pixels = image::extent(1) * image::extent(2);
  };
};

/// (C, H, W) -> (C H W), in PyTorch's order: channel by channel, whatever the layout in memory.
struct Flatten {
  template <AnyShape In>
  struct Bound : BoundLayer<In, Shape<In::size>> {
    /// A vector, or one pixel, lies in memory as it should already.
    static constexpr bool in_place = In::rank == 1 || In::size == In::extent(0);

    static void describe(const std::string& path, Description& table) {
      table.add(path, "Flatten", Shape<In::size>{});
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>&) {
      if (x == y) return;
      change_layout(pass.device, View<const T, ChannelsLast, Device>(x, pass.batch),
                    View<T, Contiguous, Device>(y, pass.batch));
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* /*x*/, const T* /*y*/, const T* dy,
                         T* dx, const Memory<T>&) {
      if (dx == nullptr || dx == dy) return;
      change_layout(pass.device, View<const T, Contiguous, Device>(dy, pass.batch),
                    View<T, ChannelsLast, Device>(dx, pass.batch));
    }

   private:
    template <class T, class Layout, class Device>
    using View = TensorView<T, Batched<In>, Layout, Device>;
  };
};

}  // namespace osteon::nn
