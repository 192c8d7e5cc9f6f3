// Pooling on the CPU, over channels-last memory (N, H, W, C); in_channels == out_channels.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/eigen.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>

#include <algorithm>
#include <limits>

namespace osteon {
namespace cpu {

template <class T>
using Pixel = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using ConstPixel = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;

/// body(output pixel, input pixel) for every input pixel inside the image in every window of the
/// sample.
template <class Body>
void for_each_window_pixel(const Conv2dGeometry& g, Index sample, const Body& body) {
  for (Index oh = 0; oh < g.out_height; ++oh) {
    const Index top = std::max<Index>(0, oh * g.stride - g.padding);
    const Index bottom = std::min(g.in_height, oh * g.stride - g.padding + g.kernel);
    for (Index ow = 0; ow < g.out_width; ++ow) {
      const Index left = std::max<Index>(0, ow * g.stride - g.padding);
      const Index right = std::min(g.in_width, ow * g.stride - g.padding + g.kernel);
      const Index out = (sample * g.out_height + oh) * g.out_width + ow;
      for (Index h = top; h < bottom; ++h) {
        for (Index w = left; w < right; ++w) {
          body(out, (sample * g.in_height + h) * g.in_width + w);
        }
      }
    }
  }
}

}  // namespace cpu

/// y = the largest value of each window; padding never wins.
template <class T>
void max_pool2d_forward(Cpu, const Conv2dGeometry& g, const T* x, T* y) {
  const Index c = g.in_channels;
  const Index out_size = g.out_height * g.out_width * c;
  cpu::parallel_for(g.batch, [&](Index n) {
    cpu::Pixel<T>(y + n * out_size, out_size).setConstant(-std::numeric_limits<T>::infinity());
    cpu::for_each_window_pixel(g, n, [&](Index out, Index in) {
      cpu::Pixel<T> target(y + out * c, c);
      target = target.max(cpu::ConstPixel<T>(x + in * c, c));
    });
  });
}

/// dx = dy (dx += with `add`) at the first largest value of each window, as in PyTorch. The place
/// is found again by comparing x with y.
template <class T>
void max_pool2d_backward(Cpu, const Conv2dGeometry& g, const T* x, const T* y, const T* dy, T* dx,
                         bool add = false) {
  const Index c = g.in_channels;
  const Index in_size = g.in_height * g.in_width * c;
  cpu::parallel_for(g.batch, [&](Index n) {
    if (!add) cpu::Pixel<T>(dx + n * in_size, in_size).setZero();
    T* given = cpu::scratch<T>(c);  // what this window has not handed on yet
    Index current = -1;
    cpu::for_each_window_pixel(g, n, [&](Index out, Index in) {
      if (out != current) {
        std::copy_n(dy + out * c, c, given);
        current = out;
      }
      const T* values = x + in * c;
      const T* largest = y + out * c;
      T* gradient = dx + in * c;
      for (Index k = 0; k < c; ++k) {
        const bool wins = values[k] == largest[k];
        gradient[k] += wins ? given[k] : T(0);
        given[k] = wins ? T(0) : given[k];
      }
    });
  });
}

/// y = the mean of each window; padding counts as zeros, as in PyTorch's default.
template <class T>
void avg_pool2d_forward(Cpu, const Conv2dGeometry& g, const T* x, T* y) {
  const Index c = g.in_channels;
  const Index out_size = g.out_height * g.out_width * c;
  const T scale = T(1) / static_cast<T>(g.kernel * g.kernel);
  cpu::parallel_for(g.batch, [&](Index n) {
    cpu::Pixel<T>(y + n * out_size, out_size).setZero();
    cpu::for_each_window_pixel(g, n, [&](Index out, Index in) {
      cpu::Pixel<T>(y + out * c, c) += scale * cpu::ConstPixel<T>(x + in * c, c);
    });
  });
}

/// dx = each window's share of dy, or dx += with `add`.
template <class T>
void avg_pool2d_backward(Cpu, const Conv2dGeometry& g, const T* dy, T* dx, bool add = false) {
  const Index c = g.in_channels;
  const Index in_size = g.in_height * g.in_width * c;
  const T scale = T(1) / static_cast<T>(g.kernel * g.kernel);
  cpu::parallel_for(g.batch, [&](Index n) {
    if (!add) cpu::Pixel<T>(dx + n * in_size, in_size).setZero();
    cpu::for_each_window_pixel(g, n, [&](Index out, Index in) {
      cpu::Pixel<T>(dx + in * c, c) += scale * cpu::ConstPixel<T>(dy + out * c, c);
    });
  });
}

/// y(n, c) = the mean of x(n, pixel, c) over the pixels.
template <class T>
void global_avg_pool2d_forward(Cpu, Index batch, Index pixels, Index channels, const T* x, T* y) {
  cpu::parallel_for(batch, [&](Index n) {
    cpu::Pixel<T> mean(y + n * channels, channels);
    mean.setZero();
    for (Index p = 0; p < pixels; ++p) {
      mean += cpu::ConstPixel<T>(x + (n * pixels + p) * channels, channels);
    }
    mean *= T(1) / static_cast<T>(pixels);
  });
}

/// dx(n, pixel, c) = dy(n, c) / pixels, or += with `add`.
template <class T>
void global_avg_pool2d_backward(Cpu, Index batch, Index pixels, Index channels, const T* dy, T* dx,
                                bool add = false) {
  cpu::parallel_for(batch, [&](Index n) {
    for (Index p = 0; p < pixels; ++p) {
      cpu::Pixel<T> target(dx + (n * pixels + p) * channels, channels);
      if (!add) target.setZero();
      target += T(1) / static_cast<T>(pixels) * cpu::ConstPixel<T>(dy + n * channels, channels);
    }
  });
}

}  // namespace osteon
