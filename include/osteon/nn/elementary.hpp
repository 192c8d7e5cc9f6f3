// The operations without parameters or state, forward and backward: the same for training and for
// inference, on any device.
#pragma once

#include <osteon/core/buffer.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/core/gradient.hpp>
#include <osteon/nn/program.hpp>

#include <cstddef>

namespace osteon::nn {

/// y = o(x), or o(x, addend).
template <class T, class Device>
void elementary_forward(Device device, const Operation& o, const Conv2dGeometry& g, const T* x,
                        const T* addend, T* y) {
  const Index size = g.batch * o.output_size();
  switch (o.kind) {
    case Kind::copy:
      if (x != y) copy(device, size, x, y);
      return;
    case Kind::relu:
      return relu_forward(device, size, x, y);
    case Kind::add:
      return add_forward(device, size, x, addend, o.relu, y);
    case Kind::max_pool2d:
      return max_pool2d_forward(device, g, x, y);
    case Kind::avg_pool2d:
      return avg_pool2d_forward(device, g, x, y);
    case Kind::global_avg_pool2d:
      return global_avg_pool2d_forward(device, g.batch, o.input_pixels(), g.in_channels, x, y);
    case Kind::flatten:
      return transpose_pixels(device, g.batch, o.input_pixels(), g.in_channels, x, y);
    default:
      return;
  }
}

/// to += what `write` writes: for the rare case that two layers read a value and the one that comes
/// last in backward cannot add by itself.
template <class T, class Device, class Write>
void add_result(Device device, Index size, T* to, const Write& write) {
  Buffer<T, Device> result(static_cast<std::size_t>(size));
  write(result.data());
  accumulate(device, size, result.data(), to);
}

/// Hands dy on unchanged.
template <class T, class Device>
void hand_on(Device device, Index size, const T* dy, const Gradient<T>& dx) {
  if (dx.to == nullptr) return;
  if (dx.add) {
    accumulate(device, size, dy, dx.to);
  } else if (dx.to != dy) {
    copy(device, size, dy, dx.to);
  }
}

/// The gradients of x and the addend, for that of y.
template <class T, class Device>
void elementary_backward(Device device, const Operation& o, const Conv2dGeometry& g, const T* x,
                         const T* y, const T* dy, const Gradient<T>& dx,
                         const Gradient<T>& daddend) {
  const Index size = g.batch * o.input_size();
  // add hands on to x first: the gradient of x may lie where dy does (dy is then what it was, or
  // only masked), and that of the addend may be added to it (x + x).
  if (o.kind == Kind::add && o.relu) {
    if (dx.to != nullptr) relu_backward(device, size, y, dy, dx.to, dx.add);
    if (daddend.to != nullptr) relu_backward(device, size, y, dy, daddend.to, daddend.add);
    return;
  }
  if (o.kind == Kind::add) {
    hand_on(device, size, dy, dx);
    return hand_on(device, size, dy, daddend);
  }
  if (dx.to == nullptr) return;
  switch (o.kind) {
    case Kind::copy:
      return hand_on(device, size, dy, dx);
    case Kind::relu:
      return relu_backward(device, size, y, dy, dx.to, dx.add);
    case Kind::max_pool2d:
      return max_pool2d_backward(device, g, x, y, dy, dx.to, dx.add);
    case Kind::avg_pool2d:
      return avg_pool2d_backward(device, g, dy, dx.to, dx.add);
    case Kind::global_avg_pool2d:
      return global_avg_pool2d_backward(device, g.batch, o.input_pixels(), g.in_channels, dy, dx.to,
                                        dx.add);
    case Kind::flatten: {
      const auto turn = [&](T* to) {
        transpose_pixels(device, g.batch, g.in_channels, o.input_pixels(), dy, to);
      };
      return dx.add ? add_result(device, size, dx.to, turn) : turn(dx.to);
    }
    default:
      return;
  }
}

}  // namespace osteon::nn
