// Residual connections: y = branch(x) + shortcut(x).
//
// He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
#pragma once

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
    static constexpr std::size_t operations = 0;

    static void describe(const std::string& /*path*/, Description& /*table*/) {}
    static constexpr Value trace(Trace& /*trace*/, Value x) { return x; }
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
    static constexpr std::size_t operations = Main::operations + Side::operations + 1;

    static void describe(const std::string& path, Description& table) {
      static constexpr Child children[] = {{detail::own_label<Branch>(), &Main::describe},
                                           {detail::own_label<Shortcut>(), &Side::describe}};
      describe_children(path, table, children);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      const Value main = Main::trace(trace, x);
      const Value side = Side::trace(trace, x);
      return trace.add({.kind = Kind::add,
                        .input = main,
                        .addend = side,
                        .geometry = image_geometry<output, output>()});
    }
  };
};

}  // namespace osteon::nn
