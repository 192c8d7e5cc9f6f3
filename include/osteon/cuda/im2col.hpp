// Convolution on the GPU as a matrix product over patches that are written out (im2col): what is
// fastest where a tuned matrix product is. The arguments are those of conv2d.hpp.
//
// Chellapilla, Puri, Simard, "High performance convolutional neural networks for document
// processing", 2006.
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/matrix_product.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/window.hpp>

#include <algorithm>
#include <cstddef>

namespace osteon::gpu {

/// y = relu(x + bias + addend), as far as they are there; x, y and the addend are laid out as the
/// output of g, and may be one.
template <class T>
void apply_epilogue(const Conv2dGeometry& g, const T* x, const Epilogue<T>& epilogue, T* y) {
  const Epilogue<T> e = epilogue;
  const Index channels = g.out_channels;
  transform(g.rows() * channels, y, [=] OSTEON_KERNEL(Index i) {
    ComputeType<T> value = x[i];
    if (e.addend != nullptr) value += e.addend[i];
    if (e.bias != nullptr) value += e.bias[i % channels];
    return static_cast<T>(e.relu ? op::Relu{}(value) : value);
  });
}

}  // namespace osteon::gpu

namespace osteon::gpu::im2col {

/// Whether the inputs are their own patches.
constexpr bool is_pointwise(const Conv2dGeometry& g) {
  return g.kernel == 1 && g.stride == 1 && g.padding == 0;
}

/// How many samples are computed at a time: their patches have at most 2^26 elements (256 MB of
/// float), or it is one.
[[nodiscard]] inline Index group_of(const Conv2dGeometry& g) {
  const Index of_sample = g.out_height * g.out_width * g.patch();
  return is_pointwise(g) ? g.batch : std::clamp<Index>((Index{1} << 26) / of_sample, 1, g.batch);
}
/// The elements that the patches of one group take.
[[nodiscard]] inline Index patch_elements(const Conv2dGeometry& g) {
  return is_pointwise(g) ? 0 : group_of(g) * g.out_height * g.out_width * g.patch();
}
/// body(group, first sample) for all groups of samples.
template <class Body>
void for_each_group(const Conv2dGeometry& g, const Body& body) {
  const Index samples = group_of(g);
  for (Index first = 0; first < g.batch; first += samples) {
    Conv2dGeometry group = g;
    group.batch = std::min(samples, g.batch - first);
    body(group, first);
  }
}

/// Element i of the patches, (rows, patch): a number of x, or the padding's zero.
template <class T>
struct PatchElement {
  Conv2dGeometry g;
  const T* x;

  OSTEON_HOST_DEVICE T operator()(Index i) const {
    const Index at = i % g.patch(), tap = at / g.in_channels;
    const Window window(g, i / g.patch());
    const Index h = window.first_row + tap / g.kernel, w = window.first_column + tap % g.kernel;
    if (h < window.top || h >= window.bottom || w < window.left || w >= window.right) return T(0);
    return x[window.pixel(h, w) * g.in_channels + at % g.in_channels];
  }
};

/// The sum of all patch elements that were read from input i.
template <class T>
struct Gathered {
  Conv2dGeometry g;
  const T* patches;

  OSTEON_HOST_DEVICE ComputeType<T> operator()(Index i) const {
    const Index c = i % g.in_channels;
    const Covering windows(g, i / g.in_channels);
    ComputeType<T> sum = 0;
    for (Index oh = windows.top; oh < windows.bottom; ++oh) {
      for (Index ow = windows.left; ow < windows.right; ++ow) {
        sum +=
            patches[windows.output(oh, ow) * g.patch() + windows.tap(oh, ow) * g.in_channels + c];
      }
    }
    return sum;
  }
};

/// The patches of x: in `memory`, or x itself.
template <class T>
const T* patches_of(const Conv2dGeometry& g, const T* x, T* memory) {
  if (is_pointwise(g)) return x;
  transform(g.rows() * g.patch(), memory, PatchElement<T>{g, x});
  return memory;
}

/// y = conv(x, weight), through the epilogue. y (rows, O) = patches weight'.
template <class T>
void forward(const Conv2dGeometry& g, const T* x, const T* weight, const Epilogue<T>& epilogue,
             T* y) {
  const Index size = g.rows() * g.out_channels;
  if (epilogue.addend != nullptr && epilogue.addend != y) copy(Cuda{}, size, epilogue.addend, y);
  const Scratch<T> memory(patch_elements(g));
  for_each_group(g, [&](const Conv2dGeometry& group, Index first) {
    const T* const patches =
        patches_of(group, x + first * g.in_height * g.in_width * g.in_channels, memory.data());
    multiply(group.rows(), g.out_channels, g.patch(), Matrix<T>{patches}, Matrix<T>{weight, true},
             epilogue.addend != nullptr, y + first * g.out_height * g.out_width * g.out_channels);
  });
  if (epilogue.bias == nullptr && !epilogue.relu) return;
  apply_epilogue(g, y, Epilogue<T>{epilogue.bias, nullptr, epilogue.relu}, y);
}

/// dx = the gradient of x, or dx += with `add`. The patches' gradients are dy weight.
template <class T>
void backward_input(const Conv2dGeometry& g, const T* dy, const T* weight, T* dx, bool add) {
  if (is_pointwise(g)) {
    return multiply(g.rows(), g.in_channels, g.out_channels, Matrix<T>{dy}, Matrix<T>{weight}, add,
                    dx);
  }
  const Scratch<T> memory(patch_elements(g));
  for_each_group(g, [&](const Conv2dGeometry& group, Index first) {
    multiply(group.rows(), g.patch(), g.out_channels,
             Matrix<T>{dy + first * g.out_height * g.out_width * g.out_channels}, Matrix<T>{weight},
             false, memory.data());
    const Index inputs = g.in_height * g.in_width * g.in_channels;
    T* const to = dx + first * inputs;
    const Gathered<T> gathered{group, memory.data()};
    for_each_index(group.batch * inputs,
                   [=] OSTEON_KERNEL(Index i) { hand_on(to + i, add, gathered(i)); });
  });
}

/// dweight += the gradient of the weight: dy' patches.
template <class T>
void backward_weight(const Conv2dGeometry& g, const T* x, const T* dy, ComputeType<T>* dweight) {
  const Scratch<T> memory(patch_elements(g));
  for_each_group(g, [&](const Conv2dGeometry& group, Index first) {
    const T* const patches =
        patches_of(group, x + first * g.in_height * g.in_width * g.in_channels, memory.data());
    multiply(g.out_channels, g.patch(), group.rows(),
             Matrix<T>{dy + first * g.out_height * g.out_width * g.out_channels, true},
             Matrix<T>{patches}, true, dweight);
  });
}

}  // namespace osteon::gpu::im2col
