// What a layer is.
//
// A layer is a stateless descriptor, a type: Conv2d<64, 7, 2, 3> knows its hyper-parameters and
// nothing else. Bound to an input shape, Conv2d<...>::Bound<Shape<3, 224, 224>>, it gives its
// output shape, its counts, and the operations it consists of, all at compile time. Layers own no
// memory and run no code: the engine runs the operations of the whole network.
//
// A bound layer B has
//   B::input, B::output          Shapes of one sample
//   B::parameters                trainable numbers
//   B::prunable                  of them, weights that pruning may remove
//   B::buffers                   state that is not trained (running statistics)
//   B::macs                      multiply-accumulates for one sample
//   B::operations                at most so many operations
//   B::trace(trace, x)           adds them for the input value x; gives the output value
//   B::describe(path, table)     adds its LayerInfo(s): names for what trace() places
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/nn/program.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace osteon::nn {

/// As PyTorch's train() and eval(): whether BatchNorm uses the batch's statistics and Dropout
/// drops.
enum class Mode { training, evaluation };

/// What a forward or backward pass carries along.
template <class Device>
struct Pass {
  Device device;
  Index batch = 0;
  Mode mode = Mode::evaluation;
  /// Keep what backward needs.
  bool record = false;
  /// For Dropout: the run's seed mixed with the step.
  std::uint64_t seed = 0;
};

/// A number of elements that grows with the batch: batch * per_sample + fixed.
struct Extent {
  Index per_sample = 0;
  Index fixed = 0;

  [[nodiscard]] constexpr Index at(Index batch) const { return batch * per_sample + fixed; }
};

/// The defaults of a bound layer; each layer hides those that differ.
template <AnyShape In, AnyShape Out = In>
struct BoundLayer {
  using input = In;
  using output = Out;
  static constexpr Index parameters = 0;
  static constexpr Index prunable = 0;
  static constexpr Index buffers = 0;
  static constexpr Index macs = 0;
  static constexpr std::size_t operations = 1;
};

/// For the last argument of Conv2d and Linear.
inline constexpr bool no_bias = false;

/// The layer bound to the shape of its input (one sample).
template <class Layer, AnyShape In>
using bind = typename Layer::template Bound<In>;

namespace error {

// The facts of a mistake, as named types: the compiler prints them beside the message.
template <class Layer, class Given>
struct image_input {
  static constexpr bool given = Given::rank == 3;
};
template <class Layer, class Given>
struct flat_input {
  static constexpr bool given = Given::rank == 1;
};
template <class Layer, class Given, bool Fits>
struct window {
  static constexpr bool fits = Fits;
};
template <class Branch, class Shortcut>
struct branches {
  static constexpr bool agree = false;
};
template <class S>
struct branches<S, S> {
  static constexpr bool agree = true;
};

}  // namespace error

namespace detail {

// Inputs are checked in functions, and after a mistake they go on with a valid shape: so one
// mistake gives one error.

/// In, which must be an image.
template <class Layer, AnyShape In>
constexpr auto image_input() {
  static_assert(error::image_input<Layer, In>::given,
                "osteon: this layer takes images, Shape<channels, height, width>; the layer and "
                "what it was given stand in error::image_input<layer, given>");
  if constexpr (In::rank == 3) {
    return In{};
  } else {
    return Shape<1, 1, 1>{};
  }
}

/// In, which must be a vector.
template <class Layer, AnyShape In>
constexpr auto flat_input() {
  static_assert(error::flat_input<Layer, In>::given,
                "osteon: this layer takes a vector; put Flatten or GlobalAvgPool2d before it. The "
                "layer and what it was given stand in error::flat_input<layer, given>");
  return Shape<In::size>{};
}

/// The output shape of a square window that slides over an image.
template <class Layer, AnyShape In, Index Channels, Index Kernel, Index Stride, Index Padding>
constexpr auto sliding_window() {
  if constexpr (In::rank != 3) {
    image_input<Layer, In>();
    return Shape<Channels, 1, 1>{};
  } else {
    constexpr Index height = In::extent(1) + 2 * Padding - Kernel;
    constexpr Index width = In::extent(2) + 2 * Padding - Kernel;
    constexpr bool fits = height >= 0 && width >= 0;
    static_assert(error::window<Layer, In, fits>::fits,
                  "osteon: the kernel is larger than the padded input of this layer; make the "
                  "input larger or the network shallower. The layer and what it was given stand in "
                  "error::window<layer, given>");
    if constexpr (fits) {
      return Shape<Channels, height / Stride + 1, width / Stride + 1>{};
    } else {
      return Shape<Channels, 1, 1>{};
    }
  }
}

/// In as an image even after a mistake that has already been reported.
template <AnyShape In>
using image_or_pixel = std::conditional_t<In::rank == 3, In, Shape<1, 1, 1>>;

}  // namespace detail

}  // namespace osteon::nn
