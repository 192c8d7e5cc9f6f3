// Definitions of resize.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/resize.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace osteon::data {

namespace detail {

/// 8 bits for the pixel, 2 for sums of weights that exceed 1 by rounding.
inline constexpr int resize_precision = 32 - 8 - 2;

/// For each output position, the first input position it depends on and the weights from there.
struct ResizeWeights {
  struct Window {
    int first;
    int count;
  };
  std::vector<Window> windows;
  std::vector<std::int32_t> weights;  ///< `stride` of them for each output position
  std::size_t stride = 0;

  ResizeWeights(int in, int out) : windows(static_cast<std::size_t>(out)) {
    const double scale = static_cast<double>(in) / out;
    const double support = std::max(scale, 1.0);  // the triangle's half-width in input pixels
    stride = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
    weights.resize(windows.size() * stride);
    std::vector<double> exact(stride);
    for (int i = 0; i < out; ++i) {
      const double center = (i + 0.5) * scale;
      const int first = std::max(0, static_cast<int>(center - support + 0.5));
      const int last = std::min(in, static_cast<int>(center + support + 0.5));
      double sum = 0;
      for (int k = first; k < last; ++k) {
        const double weight = std::max(0.0, 1 - std::abs((k - center + 0.5) / support));
        exact[static_cast<std::size_t>(k - first)] = weight;
        sum += weight;
      }
      for (std::size_t k = 0; k < static_cast<std::size_t>(last - first); ++k)
        weights[static_cast<std::size_t>(i) * stride + k] = static_cast<std::int32_t>(
            0.5 + exact[k] / sum * static_cast<double>(1 << resize_precision));
      windows[static_cast<std::size_t>(i)] = {first, last - first};
    }
  }

  [[nodiscard]] const std::int32_t* of(int i) const {
    return weights.data() + static_cast<std::size_t>(i) * stride;
  }
};

/// The sum carries half a unit already.
[[nodiscard]] inline std::uint8_t resize_round(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> resize_precision, 0, 255));
}

inline constexpr std::int32_t resize_half = 1 << (resize_precision - 1);

template <int Channels>
void resize_rows(const Image& in, Image& out, const ResizeWeights& weights) {
  for (int y = 0; y < in.height; ++y) {
    std::uint8_t* target = out.row(y);
    for (int x = 0; x < out.width; ++x, target += Channels) {
      const auto [first, count] = weights.windows[static_cast<std::size_t>(x)];
      const std::int32_t* weight = weights.of(x);
      const std::uint8_t* source = in.row(y) + first * Channels;
      std::int32_t sum[Channels];
      std::fill_n(sum, Channels, resize_half);
      for (int k = 0; k < count; ++k, source += Channels)
        for (int c = 0; c < Channels; ++c) sum[c] += weight[k] * source[c];
      for (int c = 0; c < Channels; ++c) target[c] = resize_round(sum[c]);
    }
  }
}

OSTEON_INLINE void resize_columns(const Image& in, Image& out, const ResizeWeights& weights) {
  std::vector<std::int32_t> sums(in.row_bytes());
  for (int y = 0; y < out.height; ++y) {
    const auto [first, count] = weights.windows[static_cast<std::size_t>(y)];
    const std::int32_t* weight = weights.of(y);
    std::fill(sums.begin(), sums.end(), resize_half);
    for (int k = 0; k < count; ++k) {
      const std::uint8_t* source = in.row(first + k);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weight[k] * source[i];
    }
    std::transform(sums.begin(), sums.end(), out.row(y), resize_round);
  }
}

}  // namespace detail

OSTEON_INLINE Image resize(const Image& image, int width, int height) {
  require(!image.empty(), "cannot resize an empty image");
  require(width > 0 && height > 0, "cannot resize to ", width, " x ", height,
          ": both sizes must be at least 1");
  Image wide = image;
  if (width != image.width) {
    wide = Image(width, image.height, image.channels);
    const detail::ResizeWeights weights(image.width, width);
    switch (image.channels) {
      case 1:
        detail::resize_rows<1>(image, wide, weights);
        break;
      case 3:
        detail::resize_rows<3>(image, wide, weights);
        break;
      case 4:
        detail::resize_rows<4>(image, wide, weights);
        break;
      default:
        fail("cannot resize an image of ", image.channels, " channels; 1, 3 or 4 are supported");
    }
  }
  if (height == image.height) return wide;
  Image result(width, height, image.channels);
  detail::resize_columns(wide, result, detail::ResizeWeights(image.height, height));
  return result;
}

}  // namespace osteon::data
