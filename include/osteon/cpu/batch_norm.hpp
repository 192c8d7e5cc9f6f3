// Batch normalisation on the CPU, over channels-last memory: rows of C channels. The addition and
// the ReLU behind it are done in the same pass over memory, in both directions.
#pragma once

#include <osteon/core/batch_norm.hpp>
#include <osteon/core/device.hpp>
#include <osteon/core/gradient.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>

#include <algorithm>
#include <cmath>

namespace osteon {
namespace cpu {

/// Rows of one task: their data stay in the cache for a second pass.
inline Index statistics_rows(Index channels) {
  return std::max<Index>(1, (Index{1} << 14) / channels);
}

/// (x - mean) scale + shift: the same to the last bit wherever it is computed again.
template <class V>
[[gnu::always_inline]] inline V normalized(V x, V mean, V scale, V shift) {
  return (x - mean) * scale + shift;
}

/// Two sums per channel and task, of `chunk` rows each: body(begin, end, first, second) adds to
/// them.
template <class T, class Body>
const T* channel_sums(Index rows, Index chunk, Index channels, const Body& body) {
  T* const sums = shared_scratch<T>((rows + chunk - 1) / chunk * 2 * channels);
  parallel_ranges(rows, chunk, [&](Index begin, Index end) {
    T* const first = sums + begin / chunk * 2 * channels;
    std::fill_n(first, 2 * channels, T(0));
    body(begin, end, first, first + channels);
  });
  return sums;
}

}  // namespace cpu

/// mean[c] and the biased variance[c] of `rows` rows. Each chunk is centred on its own mean, and
/// the chunks are combined in double (Chan, Golub, LeVeque 1979): no cancellation, and the same
/// result for every number of threads.
template <class T>
void channel_statistics(Cpu, Index rows, Index channels, const T* x, T* mean, T* variance) {
  using namespace cpu;
  const Index chunk = statistics_rows(channels);
  const T* const sums =
      channel_sums<T>(rows, chunk, channels, [&](Index begin, Index end, T* means, T* squares) {
        for (const T* row = x + begin * channels; row < x + end * channels; row += channels) {
          for_each_lane<T>(channels, [&]<class V>(Index c) {
            write(means + c, read<V>(means + c) + read<V>(row + c));
          });
        }
        for (Index c = 0; c < channels; ++c) means[c] /= static_cast<T>(end - begin);
        for (const T* row = x + begin * channels; row < x + end * channels; row += channels) {
          for_each_lane<T>(channels, [&]<class V>(Index c) {
            const V d = read<V>(row + c) - read<V>(means + c);
            write(squares + c, read<V>(squares + c) + d * d);
          });
        }
      });
  parallel_ranges(channels, 16, [&](Index first, Index last) {
    for (Index c = first; c < last; ++c) {
      double count = 0, m = 0, m2 = 0;
      const T* of_chunk = sums + c;
      for (Index begin = 0; begin < rows; begin += chunk, of_chunk += 2 * channels) {
        const auto n = static_cast<double>(std::min(chunk, rows - begin));
        const double delta = static_cast<double>(of_chunk[0]) - m;
        m += delta * n / (count + n);
        m2 += static_cast<double>(of_chunk[channels]) + delta * delta * count * n / (count + n);
        count += n;
      }
      mean[c] = static_cast<T>(m);
      variance[c] = static_cast<T>(m2 / count);
    }
  });
}

namespace cpu {

/// Finds mean and inverse (and lets the running statistics follow); returns weight * inverse.
template <class T>
const T* batch_norm_scale(const BatchNorm<T>& norm, const T* x) {
  const Index channels = norm.channels;
  if (norm.training) {
    channel_statistics(Cpu{}, norm.rows, channels, x, norm.mean, norm.inverse);
    const T m = static_cast<T>(norm.momentum);
    const T unbiased =
        static_cast<T>(norm.rows) / static_cast<T>(norm.rows > 1 ? norm.rows - 1 : 1);
    for (Index c = 0; c < channels; ++c) {
      norm.running_mean[c] = (T(1) - m) * norm.running_mean[c] + m * norm.mean[c];
      norm.running_var[c] = (T(1) - m) * norm.running_var[c] + m * unbiased * norm.inverse[c];
    }
  } else {
    std::copy_n(norm.running_mean, channels, norm.mean);
    std::copy_n(norm.running_var, channels, norm.inverse);
  }
  T* const scale = shared_scratch<T>(channels);
  for (Index c = 0; c < channels; ++c) {
    norm.inverse[c] = T(1) / std::sqrt(norm.inverse[c] + static_cast<T>(norm.epsilon));
    scale[c] = norm.weight[c] * norm.inverse[c];
  }
  return scale;
}

/// What backward needs, per channel: weight inverse, the mean of g, and that of g (x - mean) times
/// inverse^2.
template <class T>
struct NormGradient {
  T *scale, *mean_g, *mean_gx;

  explicit NormGradient(const BatchNorm<T>& norm)
      : scale(shared_scratch<T, 1>(3 * norm.channels)),
        mean_g(scale + norm.channels),
        mean_gx(mean_g + norm.channels) {
    for (Index c = 0; c < norm.channels; ++c) scale[c] = norm.weight[c] * norm.inverse[c];
  }

  /// Adds up what channel_sums gave for `tasks` tasks; adds the gradients of weight and bias.
  void finish(const BatchNorm<T>& norm, Index tasks, const T* sums, T* dweight, T* dbias) {
    const Index channels = norm.channels;
    const T rows = static_cast<T>(norm.rows);
    for (Index c = 0; c < channels; ++c) {
      double total = 0, product = 0;
      for (Index i = 0; i < tasks; ++i) {
        total += static_cast<double>(sums[2 * i * channels + c]);
        product += static_cast<double>(sums[(2 * i + 1) * channels + c]);
      }
      const T inverse = norm.inverse[c];
      dweight[c] += static_cast<T>(product) * inverse;
      dbias[c] += static_cast<T>(total);
      mean_g[c] = norm.training ? static_cast<T>(total) / rows : T(0);
      mean_gx[c] = norm.training ? static_cast<T>(product) * inverse * inverse / rows : T(0);
    }
  }

  /// The gradient of x at channel c, for g and x - mean.
  template <class V>
  [[gnu::always_inline]] V of(Index c, V g, V centred) const {
    return (g - read<V>(mean_g + c) - centred * read<V>(mean_gx + c)) * read<V>(scale + c);
  }
};

}  // namespace cpu

/// y = relu(normalised x + addend); `addend` may be null, or y.
template <class T>
void batch_norm_forward(Cpu, const BatchNorm<T>& norm, const T* x, const T* addend, T* y) {
  using namespace cpu;
  const Index channels = norm.channels;
  const T* const scale = batch_norm_scale(norm, x);
  parallel_ranges(norm.rows, statistics_rows(channels), [&](Index begin, Index end) {
    for (Index at = begin * channels; at < end * channels; at += channels) {
      for_each_lane<T>(channels, [&]<class V>(Index c) {
        V value = normalized(read<V>(x + at + c), read<V>(norm.mean + c), read<V>(scale + c),
                             read<V>(norm.bias + c));
        if (addend != nullptr) value += read<V>(addend + at + c);
        write(y + at + c, norm.relu ? relu(value) : value);
      });
    }
  });
}

/// Adds the gradients of weight and bias to dweight and dbias; hands that of x and that of the
/// addend on (either may lie where dy does). `y` is forward's output, `dy` its gradient.
/// In training the batch's statistics depend on x too:
///   dx = weight inverse (g - mean(g) - (x - mean) inverse^2 mean(g (x - mean)))
/// where g is dy as far as the ReLU lets it pass.
template <class T>
void batch_norm_backward(Cpu, const BatchNorm<T>& norm, const T* x, const T* y, const T* dy,
                         bool has_addend, T* dweight, T* dbias, const Gradient<T>& dx,
                         const Gradient<T>& daddend) {
  using namespace cpu;
  const Index rows = norm.rows, channels = norm.channels;
  NormGradient<T> gradient_of_x(norm);

  // g. Without an addend the ReLU's input is cheaper to compute again than its output is to read.
  const auto passed = [&]<class V>(Index at, Index c, V value, V mean) {
    const V gradient = read<V>(dy + at + c);
    if (!norm.relu) return gradient;
    if (has_addend) return relu_backward(read<V>(y + at + c), gradient);
    return relu_backward(
        normalized(value, mean, read<V>(gradient_of_x.scale + c), read<V>(norm.bias + c)),
        gradient);
  };

  const Index chunk = statistics_rows(channels);
  const T* const sums =
      channel_sums<T>(rows, chunk, channels, [&](Index begin, Index end, T* sum_g, T* sum_gx) {
        for (Index at = begin * channels; at < end * channels; at += channels) {
          for_each_lane<T>(channels, [&]<class V>(Index c) {
            const V value = read<V>(x + at + c), mean = read<V>(norm.mean + c);
            const V g = passed(at, c, value, mean);
            write(sum_g + c, read<V>(sum_g + c) + g);
            write(sum_gx + c, read<V>(sum_gx + c) + g * (value - mean));
          });
        }
      });
  gradient_of_x.finish(norm, (rows + chunk - 1) / chunk, sums, dweight, dbias);
  if (dx.to == nullptr && daddend.to == nullptr) return;

  parallel_ranges(rows, chunk, [&](Index begin, Index end) {
    for (Index at = begin * channels; at < end * channels; at += channels) {
      for_each_lane<T>(channels, [&]<class V>(Index c) {
        const V value = read<V>(x + at + c), mean = read<V>(norm.mean + c);
        const V g = passed(at, c, value, mean);
        const auto hand_on = [&](const Gradient<T>& to, V gradient) {
          if (to.to == nullptr) return;
          T* const place = to.to + at + c;
          write(place, to.add ? read<V>(place) + gradient : gradient);
        };
        hand_on(dx, gradient_of_x.of(c, g, value - mean));
        hand_on(daddend, g);
      });
    }
  });
}

}  // namespace osteon
