// Residual connections: y = branch(x) + shortcut(x).
//
// He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
#pragma once

#include <osteon/core/tensor.hpp>
#include <osteon/nn/activation.hpp>
#include <osteon/nn/batch_norm2d.hpp>
#include <osteon/nn/conv2d.hpp>
#include <osteon/nn/sequential.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace osteon::nn {

/// y = x.
struct Identity {
  template <AnyShape In>
  struct Bound : BoundLayer<In> {
    static constexpr bool in_place = true;

    static void describe(const std::string& /*path*/, Description& /*table*/) {}

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>&) {
      copy(pass, x, y);
    }
    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* /*x*/, const T* /*y*/, const T* dy,
                         T* dx, const Memory<T>&) {
      if (dx != nullptr) copy(pass, dy, dx);
    }

   private:
    template <class Device, class T>
    static void copy(const Pass<Device>& pass, const T* from, T* to) {
      if (from == to) return;
      detail::Elements<T, Device>(to, pass.batch * In::size) =
          detail::Elements<const T, Device>(from, pass.batch * In::size);
    }
  };
};

/// A shortcut to `Channels` channels: the identity where the shapes agree already, otherwise a 1x1
/// convolution with the stride, and BatchNorm (torchvision's "downsample").
template <Index Channels, Index Stride = 1>
struct Projection {
  static constexpr std::string_view label = "downsample";

  template <AnyShape In>
  using Bound =
      bind<std::conditional_t<(Stride == 1 && In::extent(0) == Channels), Identity,
                              Sequential<Conv2d<Channels, 1, Stride, 0, no_bias>, BatchNorm2d>>,
           In>;
};

namespace detail {

/// The shape that two branches end in.
template <AnyShape Branch, AnyShape Shortcut>
constexpr auto join_branches() {
  static_assert(error::branches<Branch, Shortcut>::agree,
                "osteon: the two branches of Residual must end in the same shape; they stand in "
                "error::branches<branch, shortcut>. Use Projection<channels, stride> as the "
                "shortcut of a branch that changes the shape");
  return Branch{};
}

}  // namespace detail

/// y = branch(x) + shortcut(x). The branch's parameters are named directly below it, the shortcut's
/// below its label.
template <class Branch, class Shortcut = Identity>
struct Residual {
  template <AnyShape In>
  struct Bound {
    using Main = bind<Branch, In>;
    using Side = bind<Shortcut, In>;
    static constexpr bool is_identity = std::is_same_v<Side, Identity::Bound<In>>;

    using input = In;
    using output = decltype(detail::join_branches<typename Main::output, typename Side::output>());
    static constexpr Index parameters = Main::parameters + Side::parameters;
    static constexpr Index prunable = Main::prunable + Side::prunable;
    static constexpr Index buffers = Main::buffers + Side::buffers;
    static constexpr Index macs = Main::macs + Side::macs;
    static constexpr bool in_place = false;
    static constexpr bool needs_output = false;
    /// The branch's own output is kept only where its last layer needs it in backward.
    static constexpr Extent kept{Main::needs_output ? output::size : 0, 0};
    static constexpr Extent saved = kept + Main::saved + Side::saved;
    /// The shortcut's output, or its gradient of the input.
    static constexpr Extent side{is_identity ? 0 : std::max(output::size, In::size), 0};
    static constexpr Extent scratch = side + max(Main::scratch, Side::scratch);

    static void describe(const std::string& path, Description& table) {
      Main::describe(join_path(path, detail::own_label<Branch>()), table);
      Side::describe(join_path(path, detail::own_label<Shortcut>()), table);
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>& memory) {
      using View = detail::Elements<T, Device>;
      using ConstView = detail::Elements<const T, Device>;
      const T* shortcut = x;
      if constexpr (!is_identity) {
        Side::forward(pass.child(1), x, memory.scratch, side_memory(pass.batch, memory));
        shortcut = memory.scratch;
      }
      T* branch = y;
      if (Main::needs_output && pass.record) branch = memory.saved;
      Main::forward(pass.child(0), x, branch, main_memory(pass.batch, memory));
      const Index size = pass.batch * output::size;
      View(y, size) = ConstView(branch, size) + ConstView(shortcut, size);
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* x, const T* /*y*/, const T* dy, T* dx,
                         const Memory<T>& memory) {
      using View = detail::Elements<T, Device>;
      using ConstView = detail::Elements<const T, Device>;
      const Index size = pass.batch * In::size;
      const T* branch = Main::needs_output ? memory.saved : nullptr;
      Main::backward(pass.child(0), x, branch, dy, dx, main_memory(pass.batch, memory));
      if constexpr (is_identity) {
        if (dx != nullptr) View(dx, size) += ConstView(dy, size);
      } else {
        T* const side_dx = dx == nullptr ? nullptr : memory.scratch;
        Side::backward(pass.child(1), x, static_cast<const T*>(nullptr), dy, side_dx,
                       side_memory(pass.batch, memory));
        if (dx != nullptr) View(dx, size) += ConstView(side_dx, size);
      }
    }

   private:
    static_assert(is_identity || !Side::needs_output,
                  "osteon: the shortcut of Residual cannot end in a layer that needs its output in "
                  "backward (ReLU, MaxPool2d)");

    template <class T>
    static Memory<T> main_memory(Index batch, const Memory<T>& memory) {
      return memory.child(0, 0, kept.at(batch), side.at(batch));
    }
    template <class T>
    static Memory<T> side_memory(Index batch, const Memory<T>& memory) {
      return memory.child(Main::parameters, Main::buffers, (kept + Main::saved).at(batch),
                          side.at(batch));
    }
  };
};

}  // namespace osteon::nn
