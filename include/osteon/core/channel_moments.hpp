// The mean of each channel and the squares around it.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/shape.hpp>

#include <cstddef>
#include <vector>

namespace osteon {

/// Of each channel, in double: the mean of its values, and the sum of their squared differences
/// from that mean.
struct ChannelMoments {
  std::vector<double> mean, squares;
};

/// Of rows of channels (channels_last memory), at least one. The mean comes first and then the
/// squares around it, so that a small variance beside a large mean is not lost.
template <class T>
[[nodiscard]] ChannelMoments channel_moments(Cpu, Index rows, Index channels, const T* values) {
  const auto count = static_cast<std::size_t>(channels);
  ChannelMoments moments{std::vector<double>(count), std::vector<double>(count)};
  const T* row = values;
  for (Index r = 0; r < rows; ++r, row += channels)
    for (std::size_t c = 0; c < count; ++c) moments.mean[c] += static_cast<double>(row[c]);
  for (double& mean : moments.mean) mean /= static_cast<double>(rows);
  row = values;
  for (Index r = 0; r < rows; ++r, row += channels)
    for (std::size_t c = 0; c < count; ++c) {
      const double above = static_cast<double>(row[c]) - moments.mean[c];
      moments.squares[c] += above * above;
    }
  return moments;
}

}  // namespace osteon
