// Batch statistics on the CPU, over channels-last memory: rows of C channels.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/cpu/eigen.hpp>
#include <osteon/cpu/parallel.hpp>

#include <algorithm>
#include <vector>

namespace osteon {
namespace cpu {

/// Rows that one partial sum covers: their data stay in the cache for a second pass.
inline Index statistics_rows(Index channels) {
  return std::max<Index>(1, (Index{1} << 14) / channels);
}

}  // namespace cpu

/// mean[c] and the biased variance[c] of `rows` rows. Each chunk is centred on its own mean, and
/// the chunks are combined in double (Chan, Golub, LeVeque 1979): no cancellation, and the same
/// result for every number of threads.
template <class T>
void channel_statistics(Cpu, Index rows, Index channels, const T* x, T* mean, T* variance) {
  using Row = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;
  using Array = Eigen::Array<T, Eigen::Dynamic, 1>;
  const Index chunk = cpu::statistics_rows(channels);
  const Index chunks = (rows + chunk - 1) / chunk;
  std::vector<Array> means(static_cast<std::size_t>(chunks));
  std::vector<Array> squares(static_cast<std::size_t>(chunks));
  cpu::parallel_ranges(rows, chunk, [&](Index begin, Index end) {
    Array sum = Array::Zero(channels);
    for (Index r = begin; r < end; ++r) sum += Row(x + r * channels, channels);
    sum /= static_cast<T>(end - begin);
    Array square = Array::Zero(channels);
    for (Index r = begin; r < end; ++r) square += (Row(x + r * channels, channels) - sum).square();
    means[static_cast<std::size_t>(begin / chunk)] = std::move(sum);
    squares[static_cast<std::size_t>(begin / chunk)] = std::move(square);
  });
  for (Index c = 0; c < channels; ++c) {
    double count = 0, m = 0, m2 = 0;
    for (Index i = 0; i < chunks; ++i) {
      const auto n = static_cast<double>(std::min(chunk, rows - i * chunk));
      const double delta = static_cast<double>(means[static_cast<std::size_t>(i)][c]) - m;
      m += delta * n / (count + n);
      m2 += static_cast<double>(squares[static_cast<std::size_t>(i)][c]) +
            delta * delta * count * n / (count + n);
      count += n;
    }
    mean[c] = static_cast<T>(m);
    variance[c] = static_cast<T>(m2 / count);
  }
}

/// sum_dy[c] = sum of dy, sum_dy_x[c] = sum of dy (x - mean[c]), over all rows.
template <class T>
void channel_gradient_sums(Cpu, Index rows, Index channels, const T* x, const T* dy, const T* mean,
                           T* sum_dy, T* sum_dy_x) {
  using Row = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;
  using Array = Eigen::Array<T, Eigen::Dynamic, 1>;
  const Index chunk = cpu::statistics_rows(channels);
  const Index chunks = (rows + chunk - 1) / chunk;
  std::vector<Array> first(static_cast<std::size_t>(chunks));
  std::vector<Array> second(static_cast<std::size_t>(chunks));
  cpu::parallel_ranges(rows, chunk, [&](Index begin, Index end) {
    Array sum = Array::Zero(channels);
    Array product = Array::Zero(channels);
    for (Index r = begin; r < end; ++r) {
      const Row gradient(dy + r * channels, channels);
      sum += gradient;
      product += gradient * (Row(x + r * channels, channels) - Row(mean, channels));
    }
    first[static_cast<std::size_t>(begin / chunk)] = std::move(sum);
    second[static_cast<std::size_t>(begin / chunk)] = std::move(product);
  });
  for (Index c = 0; c < channels; ++c) {
    double total = 0, product = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
      total += static_cast<double>(first[i][c]);
      product += static_cast<double>(second[i][c]);
    }
    sum_dy[c] = static_cast<T>(total);
    sum_dy_x[c] = static_cast<T>(product);
  }
}

/// y = (x - mean) / sqrt(variance + epsilon) weight + bias, per channel, with the batch's
/// statistics when `training` (the running ones then follow with `momentum`; the variance
/// unbiased), with the running ones otherwise. `mean` and `inverse` (1 / sqrt(variance + epsilon))
/// get what was used.
template <class T>
void batch_norm_forward(Cpu, Index rows, Index channels, bool training, double epsilon,
                        double momentum, const T* x, const T* weight, const T* bias,
                        T* running_mean, T* running_var, T* mean, T* inverse, T* y) {
  using Array = Eigen::Array<T, Eigen::Dynamic, 1>;
  using Row = Eigen::Map<Array>;
  using ConstRow = Eigen::Map<const Array>;
  if (training) {
    channel_statistics(Cpu{}, rows, channels, x, mean, inverse);
    const T m = static_cast<T>(momentum);
    const T unbiased = static_cast<T>(rows) / static_cast<T>(rows > 1 ? rows - 1 : 1);
    Row average(running_mean, channels);
    Row variance(running_var, channels);
    average = (T(1) - m) * average + m * ConstRow(mean, channels);
    variance = (T(1) - m) * variance + m * unbiased * ConstRow(inverse, channels);
  } else {
    std::copy_n(running_mean, channels, mean);
    std::copy_n(running_var, channels, inverse);
  }
  Row factor(inverse, channels);
  factor = (factor + static_cast<T>(epsilon)).sqrt().inverse();
  const Array scale = ConstRow(weight, channels) * factor;
  const ConstRow centre(mean, channels);
  const ConstRow shift(bias, channels);
  cpu::parallel_ranges(rows, cpu::statistics_rows(channels), [&](Index begin, Index end) {
    for (Index at = begin * channels; at < end * channels; at += channels) {
      Row(y + at, channels) = (ConstRow(x + at, channels) - centre) * scale + shift;
    }
  });
}

/// Adds the gradients of weight and bias; writes that of x to dx (may be dy; null: not needed), or
/// adds it with `add`.
/// In training the batch's statistics depend on x too:
///   dx = weight inverse (dy - mean(dy) - (x - mean) inverse^2 mean(dy (x - mean))).
template <class T>
void batch_norm_backward(Cpu, Index rows, Index channels, bool training, const T* x, const T* dy,
                         const T* weight, const T* mean, const T* inverse, T* dweight, T* dbias,
                         T* dx, bool add = false) {
  using Array = Eigen::Array<T, Eigen::Dynamic, 1>;
  using Row = Eigen::Map<Array>;
  using ConstRow = Eigen::Map<const Array>;
  Array sum_dy(channels);
  Array sum_dy_x(channels);
  channel_gradient_sums(Cpu{}, rows, channels, x, dy, mean, sum_dy.data(), sum_dy_x.data());
  const ConstRow factor(inverse, channels);
  Row(dweight, channels) += sum_dy_x * factor;
  Row(dbias, channels) += sum_dy;
  if (dx == nullptr) return;

  const Array scale = ConstRow(weight, channels) * factor;
  const ConstRow centre(mean, channels);
  sum_dy /= static_cast<T>(rows);
  sum_dy_x = sum_dy_x * factor.square() / static_cast<T>(rows);
  cpu::parallel_ranges(rows, cpu::statistics_rows(channels), [&](Index begin, Index end) {
    for (Index at = begin * channels; at < end * channels; at += channels) {
      const ConstRow gradient(dy + at, channels);
      Row target(dx + at, channels);
      const auto in_training =
          (gradient - sum_dy - (ConstRow(x + at, channels) - centre) * sum_dy_x) * scale;
      const auto in_evaluation = gradient * scale;
      if (training && add) {
        target += in_training;
      } else if (training) {
        target = in_training;
      } else if (add) {
        target += in_evaluation;
      } else {
        target = in_evaluation;
      }
    }
  });
}

}  // namespace osteon
