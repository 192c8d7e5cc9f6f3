// Batch normalisation, ReLU and max pooling in one pass on the CPU: the stem of a ResNet, whose
// normalised image is the largest activation of the network and is never written. Where it is
// needed again, it is computed again.
#pragma once

#include <osteon/core/batch_norm.hpp>
#include <osteon/core/device.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/core/gradient.hpp>
#include <osteon/cpu/batch_norm.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/pool2d.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>

#include <algorithm>
#include <limits>

namespace osteon {
namespace cpu {

/// The normalised (and rectified) value of a channel, for lanes of it.
template <class V, class T>
struct Normalizer {
  V mean, scale, shift;
  bool rectified;

  Normalizer(const BatchNorm<T>& norm, const T* scales, Index c)
      : mean(read<V>(norm.mean + c)),
        scale(read<V>(scales + c)),
        shift(read<V>(norm.bias + c)),
        rectified(norm.relu) {}
  [[gnu::always_inline]] V operator()(V x) const {
    const V value = normalized(x, mean, scale, shift);
    return rectified ? relu(value) : value;
  }
};

/// body(pixel, x, g) for the pixels of a window: g is the window's gradient dy at the first pixel
/// whose value is the window's largest, y, and zero elsewhere.
template <class V, class T, class Body>
[[gnu::always_inline]] inline void unpool(const PoolWindow& window, Index channels, const T* x, V y,
                                          V dy, const Normalizer<V, T>& normalizer,
                                          const Body& body) {
  V rest = normalizer.rectified ? relu_backward(y, dy) : dy;
  window.for_each([&](Index in) {
    const V value = read<V>(x + in * channels);
    const auto largest = normalizer(value) == y;
    body(in, value, largest ? rest : V{});
    rest = largest ? V{} : rest;
  });
}

}  // namespace cpu

/// y = max_pool(relu(normalised x)); g is the pooling's geometry.
template <class T>
void batch_norm_pool_forward(Cpu, const BatchNorm<T>& norm, const Conv2dGeometry& g, const T* x,
                             T* y) {
  using namespace cpu;
  const Index channels = norm.channels;
  const T* const scale = batch_norm_scale(norm, x);
  for_each_output(g, [&](const PoolWindow& window, Index out) {
    for_each_lane<T>(channels, [&]<class V>(Index c) {
      const Normalizer<V, T> normalizer(norm, scale, c);
      V largest = V{} - std::numeric_limits<T>::infinity();
      window.for_each([&](Index in) {
        const V value = normalizer(read<V>(x + in * channels + c));
        largest = ((value > largest) | (value != value)) ? value : largest;
      });
      write(y + out * channels + c, largest);
    });
  });
}

/// Adds the gradients of weight and bias; writes or adds that of x, if it is wanted. `y` is
/// forward's output, `dy` its gradient.
template <class T>
void batch_norm_pool_backward(Cpu, const BatchNorm<T>& norm, const Conv2dGeometry& g, const T* x,
                              const T* y, const T* dy, T* dweight, T* dbias,
                              const Gradient<T>& dx) {
  using namespace cpu;
  const Index channels = norm.channels;
  NormGradient<T> gradient_of_x(norm);
  const auto for_each_gradient = [&](const PoolWindow& window, Index out, const auto& body) {
    for_each_lane<T>(channels, [&]<class V>(Index c) {
      const Normalizer<V, T> normalizer(norm, gradient_of_x.scale, c);
      unpool(window, channels, x + c, read<V>(y + out * channels + c),
             read<V>(dy + out * channels + c), normalizer,
             [&](Index in, V value, V passed) { body(in, c, value - normalizer.mean, passed); });
    });
  };

  const Index lines = g.batch * g.out_height;
  constexpr Index chunk = 8;
  const T* const sums =
      channel_sums<T>(lines, chunk, channels, [&](Index begin, Index end, T* sum_g, T* sum_gx) {
        for (Index out = begin * g.out_width; out < end * g.out_width; ++out) {
          const Index line = out / g.out_width;
          const PoolWindow window(g, line / g.out_height, line % g.out_height, out % g.out_width);
          for_each_gradient(window, out, [&]<class V>(Index, Index c, V centred, V passed) {
            write(sum_g + c, read<V>(sum_g + c) + passed);
            write(sum_gx + c, read<V>(sum_gx + c) + passed * centred);
          });
        }
      });
  gradient_of_x.finish(norm, (lines + chunk - 1) / chunk, sums, dweight, dbias);
  if (dx.to == nullptr) return;

  const Index in_size = g.in_height * g.in_width * channels;
  const ThreadScratch<T> memory(dx.add ? in_size : 0);
  parallel_for(g.batch, [&](Index n) {
    // The gradient behind the normalisation first, in dx's place if that is free.
    T* const to = dx.to + n * in_size;
    T* const passed_to = dx.add ? memory.mine() : to;
    std::fill_n(passed_to, in_size, T(0));
    for (Index out = 0; out < g.out_height * g.out_width; ++out) {
      const PoolWindow window(g, n, out / g.out_width, out % g.out_width);
      for_each_gradient(window, n * g.out_height * g.out_width + out,
                        [&]<class V>(Index in, Index c, V, V passed) {
                          T* const at = passed_to + (in - window.image) * channels + c;
                          write(at, read<V>(at) + passed);
                        });
    }
    for (Index at = 0; at < in_size; at += channels) {
      for_each_lane<T>(channels, [&]<class V>(Index c) {
        const V centred = read<V>(x + n * in_size + at + c) - read<V>(norm.mean + c);
        const V gradient = gradient_of_x.of(c, read<V>(passed_to + at + c), centred);
        write(to + at + c, dx.add ? read<V>(to + at + c) + gradient : gradient);
      });
    }
  });
}

}  // namespace osteon
