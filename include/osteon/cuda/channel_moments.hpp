// The mean of each channel and the squares around it, on the GPU.
#pragma once

#include <osteon/core/channel_moments.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/sum_rows.hpp>

#include <cstddef>
#include <vector>

namespace osteon {

/// As on the Cpu, of values in device memory.
template <class T>
[[nodiscard]] ChannelMoments channel_moments(Cuda, Index rows, Index channels, const T* values) {
  const gpu::Scratch<double> sums(2 * channels);
  double *const mean = sums.data(), *const squares = mean + channels;
  gpu::sum_rows<double>(
      rows, channels,
      [=] OSTEON_KERNEL(Index row, Index c) {
        return static_cast<double>(values[row * channels + c]);
      },
      [=] OSTEON_KERNEL(Index c, double sum) { mean[c] = sum / static_cast<double>(rows); });
  gpu::sum_rows<double>(
      rows, channels,
      [=] OSTEON_KERNEL(Index row, Index c) {
        const double above = static_cast<double>(values[row * channels + c]) - mean[c];
        return above * above;
      },
      [=] OSTEON_KERNEL(Index c, double sum) { squares[c] = sum; });
  const auto count = static_cast<std::size_t>(channels);
  ChannelMoments moments{std::vector<double>(count), std::vector<double>(count)};
  copy_to_host(Cuda{}, channels, static_cast<const double*>(mean), moments.mean.data());
  copy_to_host(Cuda{}, channels, static_cast<const double*>(squares), moments.squares.data());
  return moments;
}

}  // namespace osteon
