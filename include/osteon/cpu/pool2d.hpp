// Pooling on the CPU, over channels-last memory (N, H, W, C); in_channels == out_channels.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/simd.hpp>

#include <algorithm>
#include <limits>

namespace osteon {
namespace cpu {

/// The window of an output pixel, cut off at the image's borders. Pixels are counted through the
/// whole batch.
struct PoolWindow {
  Index top, bottom, left, right;
  Index image;  // the sample's first pixel
  Index width;  // of the image

  PoolWindow(const Conv2dGeometry& g, Index sample, Index oh, Index ow)
      : top(std::max<Index>(0, oh * g.stride - g.padding)),
        bottom(std::min(g.in_height, oh * g.stride - g.padding + g.kernel)),
        left(std::max<Index>(0, ow * g.stride - g.padding)),
        right(std::min(g.in_width, ow * g.stride - g.padding + g.kernel)),
        image(sample * g.in_height * g.in_width),
        width(g.in_width) {}

  /// body(input pixel), row by row.
  template <class Body>
  [[gnu::always_inline]] void for_each(const Body& body) const {
    for (Index h = top; h < bottom; ++h) {
      for (Index w = left; w < right; ++w) body(image + h * width + w);
    }
  }
};

/// body(window, output pixel) for every output, on all threads.
template <class Body>
void for_each_output(const Conv2dGeometry& g, const Body& body) {
  parallel_for(g.batch * g.out_height, [&](Index row) {
    for (Index ow = 0; ow < g.out_width; ++ow) {
      body(PoolWindow(g, row / g.out_height, row % g.out_height, ow), row * g.out_width + ow);
    }
  });
}

/// The same with dx, which windows share, set to zero before: one thread a sample.
template <class T, class Body>
void for_each_output_of_sample(const Conv2dGeometry& g, bool add, T* dx, const Body& body) {
  const Index in_size = g.in_height * g.in_width * g.in_channels;
  parallel_for(g.batch, [&](Index n) {
    if (!add) std::fill_n(dx + n * in_size, in_size, T(0));
    for (Index oh = 0; oh < g.out_height; ++oh) {
      for (Index ow = 0; ow < g.out_width; ++ow) {
        body(PoolWindow(g, n, oh, ow), (n * g.out_height + oh) * g.out_width + ow);
      }
    }
  });
}

}  // namespace cpu

/// y = the largest value of each window, as in PyTorch: padding never wins, what is not a number
/// does.
template <class T>
void max_pool2d_forward(Cpu, const Conv2dGeometry& g, const T* x, T* y) {
  const Index channels = g.in_channels;
  cpu::for_each_output(g, [&](const cpu::PoolWindow& window, Index out) {
    cpu::for_each_lane<T>(channels, [&]<class V>(Index c) {
      V largest = V{} - std::numeric_limits<T>::infinity();
      window.for_each([&](Index in) {
        const V value = cpu::read<V>(x + in * channels + c);
        largest = ((value > largest) | (value != value)) ? value : largest;
      });
      cpu::write(y + out * channels + c, largest);
    });
  });
}

/// dx = dy (dx += with `add`) at the first largest value of each window, as in PyTorch. The place
/// is found again by comparing x with y.
template <class T>
void max_pool2d_backward(Cpu, const Conv2dGeometry& g, const T* x, const T* y, const T* dy, T* dx,
                         bool add = false) {
  const Index channels = g.in_channels;
  cpu::for_each_output_of_sample(g, add, dx, [&](const cpu::PoolWindow& window, Index out) {
    cpu::for_each_lane<T>(channels, [&]<class V>(Index c) {
      const V largest = cpu::read<V>(y + out * channels + c);
      V gradient = cpu::read<V>(dy + out * channels + c);  // zero as soon as it is handed on
      window.for_each([&](Index in) {
        T* const to = dx + in * channels + c;
        const V value = cpu::read<V>(x + in * channels + c);
        cpu::write(to, cpu::read<V>(to) + (value == largest ? gradient : V{}));
        gradient = value == largest ? V{} : gradient;
      });
    });
  });
}

/// y = the mean of each window; padding counts as zeros, as in PyTorch's default.
template <class T>
void avg_pool2d_forward(Cpu, const Conv2dGeometry& g, const T* x, T* y) {
  const Index channels = g.in_channels;
  const T scale = T(1) / static_cast<T>(g.kernel * g.kernel);
  cpu::for_each_output(g, [&](const cpu::PoolWindow& window, Index out) {
    cpu::for_each_lane<T>(channels, [&]<class V>(Index c) {
      V sum{};
      window.for_each([&](Index in) { sum += cpu::read<V>(x + in * channels + c); });
      cpu::write(y + out * channels + c, sum * scale);
    });
  });
}

/// dx = each window's share of dy, or dx += with `add`.
template <class T>
void avg_pool2d_backward(Cpu, const Conv2dGeometry& g, const T* dy, T* dx, bool add = false) {
  const Index channels = g.in_channels;
  const T scale = T(1) / static_cast<T>(g.kernel * g.kernel);
  cpu::for_each_output_of_sample(g, add, dx, [&](const cpu::PoolWindow& window, Index out) {
    cpu::for_each_lane<T>(channels, [&]<class V>(Index c) {
      const V share = cpu::read<V>(dy + out * channels + c) * scale;
      window.for_each([&](Index in) {
        T* const to = dx + in * channels + c;
        cpu::write(to, cpu::read<V>(to) + share);
      });
    });
  });
}

/// y(n, c) = the mean of x(n, pixel, c) over the pixels.
template <class T>
void global_avg_pool2d_forward(Cpu, Index batch, Index pixels, Index channels, const T* x, T* y) {
  const T scale = T(1) / static_cast<T>(pixels);
  cpu::parallel_for(batch, [&](Index n) {
    cpu::for_each_lane<T>(channels, [&]<class V>(Index c) {
      V sum{};
      const T* from = x + n * pixels * channels + c;
      for (Index p = 0; p < pixels; ++p, from += channels) sum += cpu::read<V>(from);
      cpu::write(y + n * channels + c, sum * scale);
    });
  });
}

/// dx(n, pixel, c) = dy(n, c) / pixels, or += with `add`.
template <class T>
void global_avg_pool2d_backward(Cpu, Index batch, Index pixels, Index channels, const T* dy, T* dx,
                                bool add = false) {
  const T scale = T(1) / static_cast<T>(pixels);
  cpu::parallel_for(batch, [&](Index n) {
    cpu::for_each_lane<T>(channels, [&]<class V>(Index c) {
      const V share = cpu::read<V>(dy + n * channels + c) * scale;
      T* to = dx + n * pixels * channels + c;
      for (Index p = 0; p < pixels; ++p, to += channels) {
        cpu::write(to, add ? cpu::read<V>(to) + share : share);
      }
    });
  });
}

}  // namespace osteon
