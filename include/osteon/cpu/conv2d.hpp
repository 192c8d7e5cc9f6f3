// Convolution on the CPU over channels-last memory: chooses between the direct sum (sweep.hpp,
// weight_gradient.hpp) and Winograd's form (winograd.hpp, winograd_gradient.hpp).
//
// x is (N, H, W, C); the weight is (O, kernel, kernel, C): PyTorch's (O, C, kernel, kernel) in
// channels_last; y is (N, OH, OW, O).
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/conv2d_sweep.hpp>
#include <osteon/cpu/input_gradient.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/sweep.hpp>
#include <osteon/cpu/weight_gradient.hpp>
#include <osteon/cpu/winograd.hpp>
#include <osteon/cpu/winograd_gradient.hpp>

#include <algorithm>

namespace osteon {

/// How a convolution is computed best.
template <class T>
Conv2dAlgorithm conv2d_algorithm(Cpu, const Conv2dGeometry& g) {
  return cpu::winograd::choose<T>(g);
}

/// Elements of the weight in the form that conv2d_forward_packed reads.
template <class T>
Index conv2d_packed_size(Cpu, const Conv2dGeometry& g, Conv2dAlgorithm algorithm) {
  Index size = cpu::packed_size<T>(cpu::forward_sweep(g));
  cpu::winograd::with_form<T>(algorithm,
                              [&]<class F>(F) { size = cpu::winograd::packed_size<F, T>(g); });
  return size;
}

/// Brings the weight into the form that conv2d_forward_packed reads.
template <class T>
void conv2d_pack(Cpu, const Conv2dGeometry& g, Conv2dAlgorithm algorithm, const T* weight,
                 T* packed) {
  if (cpu::winograd::with_form<T>(
          algorithm, [&]<class F>(F) { cpu::winograd::transform_weight<F>(g, weight, packed); })) {
    return;
  }
  cpu::pack_forward(g, weight, packed);
}

/// y = conv(x, weight), through the epilogue, with a packed weight.
template <class T>
void conv2d_forward_packed(Cpu, const Conv2dGeometry& g, Conv2dAlgorithm algorithm, const T* x,
                           const T* packed, const Epilogue<T>& epilogue, T* y) {
  if (cpu::winograd::with_form<T>(
          algorithm, [&]<class F>(F) { cpu::winograd::convolve<F>(g, x, packed, epilogue, y); })) {
    return;
  }
  if (!cpu::sweeps_padded<T>(g)) return cpu::sweep(cpu::forward_sweep(g), x, packed, epilogue, y);
  cpu::for_each_padded_group(g, x, [&](const Conv2dGeometry& group, Index first, const T* padded) {
    const Index at = first * g.out_height * g.out_width * g.out_channels;
    Epilogue<T> of_group = epilogue;
    if (of_group.addend != nullptr) of_group.addend += at;
    cpu::sweep(cpu::padded_sweep(group), padded, packed, of_group, y + at);
  });
}

/// y = conv(x, weight) + bias; bias may be null.
template <class T>
void conv2d_forward(Cpu, const Conv2dGeometry& g, const T* x, const T* weight, const T* bias,
                    T* y) {
  const Conv2dAlgorithm algorithm = conv2d_algorithm<T>(Cpu{}, g);
  const Epilogue<T> epilogue{.bias = bias};
  if (cpu::winograd::with_form<T>(algorithm, [&]<class F>(F) {
        cpu::winograd::convolve_once<F>(g, x, weight, epilogue, y);
      })) {
    return;
  }
  T* const packed = cpu::shared_scratch<T>(conv2d_packed_size<T>(Cpu{}, g, algorithm));
  conv2d_pack(Cpu{}, g, algorithm, weight, packed);
  conv2d_forward_packed(Cpu{}, g, algorithm, x, packed, epilogue, y);
}

/// dx = the gradient of x, or dx += with `add`.
template <class T>
void conv2d_backward_input(Cpu, const Conv2dGeometry& g, const T* dy, const T* weight, T* dx,
                           bool add = false) {
  const Epilogue<T> epilogue{.addend = add ? dx : nullptr};
  if (cpu::winograd::with_form<T>(conv2d_algorithm<T>(Cpu{}, g), [&]<class F>(F) {
        cpu::winograd::convolve_backward_once<F>(g, dy, weight, epilogue, dx);
      })) {
    return;
  }
  if (cpu::sweeps_padded<T>(g)) return cpu::patch_input_gradient(g, dy, weight, add, dx);
  if (!add && g.kernel < g.stride) {  // some inputs are never read
    cpu::parallel_ranges(g.batch * g.in_height * g.in_width * g.in_channels, Index{1} << 15,
                         [&](Index begin, Index end) { std::fill(dx + begin, dx + end, T(0)); });
  }
  for (Index top = 0; top < std::min(g.stride, g.in_height); ++top) {
    for (Index left = 0; left < std::min(g.stride, g.in_width); ++left) {
      const cpu::Sweep s = cpu::backward_sweep(g, top, left);
      if (s.taps() == 0) continue;
      T* const packed = cpu::shared_scratch<T>(cpu::packed_size<T>(s));
      cpu::pack_backward(g, s, weight, packed);
      cpu::sweep(s, dy, packed, epilogue, dx);
    }
  }
}

/// dweight += the gradient of the weight; dbias += that of the bias, if not null.
template <class T>
void conv2d_backward_weight(Cpu, const Conv2dGeometry& g, const T* x, const T* dy, T* dweight,
                            T* dbias) {
  if (cpu::sweeps_padded<T>(g) && g.out_channels % cpu::tile_width<T> == 0) {
    cpu::for_each_padded_group(
        g, x, [&](const Conv2dGeometry& group, Index first, const T* padded) {
          cpu::padded_weight_gradient(
              group, padded, dy + first * g.out_height * g.out_width * g.out_channels, dweight);
        });
  } else if (!cpu::winograd::with_form<T>(conv2d_algorithm<T>(Cpu{}, g), [&]<class F>(F) {
               cpu::winograd::backward_weight<F>(g, x, dy, dweight);
             })) {
    cpu::direct_weight_gradient(g, x, dy, dweight);
  }
  for (Index row = 0; dbias != nullptr && row < g.rows(); ++row) {
    for (Index o = 0; o < g.out_channels; ++o) dbias[o] += dy[row * g.out_channels + o];
  }
}

}  // namespace osteon
