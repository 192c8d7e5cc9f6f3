// Pooling on the GPU, over channels-last memory (N, H, W, C); in_channels == out_channels. Backward
// gathers: every input looks at the windows over it, so that no two write the same place.
#pragma once

#include <osteon/core/geometry.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/window.hpp>

#include <limits>

namespace osteon {
namespace gpu {

/// The values that are pooled, where they lie in memory: value(i, c) is element i, of channel c.
template <class T>
struct StoredValues {
  const T* x;
  OSTEON_HOST_DEVICE ComputeType<T> operator()(Index i, Index) const { return x[i]; }
};

/// The largest value of the window of output i: padding never wins, what is not a number does.
template <class T, class Values = StoredValues<T>>
struct MaxPool2dOutput {
  Conv2dGeometry g;
  Values values;

  OSTEON_HOST_DEVICE T operator()(Index i) const {
    const Index c = i % g.in_channels;
    const Window window(g, i / g.in_channels);
    ComputeType<T> largest = -std::numeric_limits<ComputeType<T>>::infinity();
    for (Index h = window.top; h < window.bottom; ++h) {
      for (Index w = window.left; w < window.right; ++w) {
        const ComputeType<T> value = values(window.pixel(h, w) * g.in_channels + c, c);
        if (value > largest || value != value) largest = value;
      }
    }
    return static_cast<T>(largest);
  }
};

/// What input i gets of dy: that of every window whose first largest value it is.
template <class T, class Values = StoredValues<T>>
struct MaxPool2dGradient {
  using P = ComputeType<T>;
  Conv2dGeometry g;
  Values values;
  const T *y, *dy;
  bool add;

  /// Whether no pixel of the window before `input` has the window's largest value.
  OSTEON_HOST_DEVICE bool is_first(Index input, Index output, Index c, P largest) const {
    const Window window(g, output);
    for (Index h = window.top; h < window.bottom; ++h) {
      for (Index w = window.left; w < window.right; ++w) {
        const Index pixel = window.pixel(h, w);
        if (pixel == input) return true;
        if (written(values(pixel * g.in_channels + c, c)) == largest) return false;
      }
    }
    return false;
  }

  /// A value as y has it.
  OSTEON_HOST_DEVICE static P written(P value) { return static_cast<P>(static_cast<T>(value)); }

  OSTEON_HOST_DEVICE P operator()(Index i, P before) const {
    const Index c = i % g.in_channels, input = i / g.in_channels;
    const Covering windows(g, input);
    const P value = written(values(i, c));
    P sum = add ? before : P(0);
    for (Index oh = windows.top; oh < windows.bottom; ++oh) {
      for (Index ow = windows.left; ow < windows.right; ++ow) {
        const Index output = windows.output(oh, ow);
        const P largest = y[output * g.in_channels + c];
        if (value == largest && is_first(input, output, c, largest)) {
          sum += dy[output * g.in_channels + c];
        }
      }
    }
    return sum;
  }
};

[[nodiscard]] inline Index input_elements(const Conv2dGeometry& g) {
  return g.batch * g.in_height * g.in_width * g.in_channels;
}

}  // namespace gpu

/// y = the largest value of each window, as in PyTorch: padding never wins, what is not a number
/// does.
template <class T>
void max_pool2d_forward(Cuda, const Conv2dGeometry& g, const T* x, T* y) {
  gpu::transform(g.rows() * g.in_channels, y, gpu::MaxPool2dOutput<T>{g, {x}});
}

/// dx = dy (dx += with `add`) at the first largest value of each window, as in PyTorch. The place
/// is found again by comparing x with y.
template <class T>
void max_pool2d_backward(Cuda, const Conv2dGeometry& g, const T* x, const T* y, const T* dy, T* dx,
                         bool add = false) {
  const gpu::MaxPool2dGradient<T> gradient{g, {x}, y, dy, add};
  gpu::for_each_index(gpu::input_elements(g), [=] OSTEON_KERNEL(Index i) {
    dx[i] = static_cast<T>(gradient(i, static_cast<ComputeType<T>>(dx[i])));
  });
}

/// y = the mean of each window; padding counts as zeros, as in PyTorch's default.
template <class T>
void avg_pool2d_forward(Cuda, const Conv2dGeometry& g, const T* x, T* y) {
  using P = ComputeType<T>;
  const P scale = P(1) / static_cast<P>(g.kernel * g.kernel);
  gpu::transform(g.rows() * g.in_channels, y, [=] OSTEON_KERNEL(Index i) {
    const gpu::Window window(g, i / g.in_channels);
    P sum = 0;
    for (Index h = window.top; h < window.bottom; ++h) {
      for (Index w = window.left; w < window.right; ++w) {
        sum += x[window.pixel(h, w) * g.in_channels + i % g.in_channels];
      }
    }
    return static_cast<T>(sum * scale);
  });
}

/// dx = each window's share of dy, or dx += with `add`.
template <class T>
void avg_pool2d_backward(Cuda, const Conv2dGeometry& g, const T* dy, T* dx, bool add = false) {
  using P = ComputeType<T>;
  const P scale = P(1) / static_cast<P>(g.kernel * g.kernel);
  gpu::for_each_index(gpu::input_elements(g), [=] OSTEON_KERNEL(Index i) {
    const gpu::Covering windows(g, i / g.in_channels);
    P sum = add ? static_cast<P>(dx[i]) : P(0);
    for (Index oh = windows.top; oh < windows.bottom; ++oh) {
      for (Index ow = windows.left; ow < windows.right; ++ow) {
        sum += dy[windows.output(oh, ow) * g.in_channels + i % g.in_channels] * scale;
      }
    }
    dx[i] = static_cast<T>(sum);
  });
}

/// y(n, c) = the mean of x(n, pixel, c) over the pixels.
template <class T>
void global_avg_pool2d_forward(Cuda, Index batch, Index pixels, Index channels, const T* x, T* y) {
  using P = ComputeType<T>;
  const P scale = P(1) / static_cast<P>(pixels);
  gpu::transform(batch * channels, y, [=] OSTEON_KERNEL(Index i) {
    const T* from = x + i / channels * pixels * channels + i % channels;
    P sum = 0;
    for (Index p = 0; p < pixels; ++p, from += channels) sum += *from;
    return static_cast<T>(sum * scale);
  });
}

/// dx(n, pixel, c) = dy(n, c) / pixels, or += with `add`.
template <class T>
void global_avg_pool2d_backward(Cuda, Index batch, Index pixels, Index channels, const T* dy, T* dx,
                                bool add = false) {
  const auto scale = ComputeType<T>(1) / static_cast<ComputeType<T>>(pixels);
  gpu::for_each_index(batch * pixels * channels, [=] OSTEON_KERNEL(Index i) {
    const Index from = i / (pixels * channels) * channels + i % channels;
    gpu::hand_on(dx + i, add, dy[from] * scale);
  });
}

}  // namespace osteon
