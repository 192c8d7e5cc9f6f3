// Definitions of heat_map.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/heat_map.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace osteon::data {

OSTEON_INLINE std::array<std::uint8_t, 3> viridis(double value) {
  constexpr double coefficients[7][3] = {
      {0.2777273272234177, 0.005407344544966578, 0.3340998053353061},
      {0.1050930431085774, 1.404613529898575, 1.384590162594685},
      {-0.3308618287255563, 0.214847559468213, 0.09509516302823659},
      {-4.634230498983486, -5.799100973351585, -19.33244095627987},
      {6.228269936347081, 14.17993336680509, 56.69055260068105},
      {4.776384997670288, -13.74514537774601, -65.35303263337234},
      {-5.435455855934631, 4.645852612178535, 26.3124352495832}};
  const double t = std::clamp(value, 0.0, 1.0);
  std::array<std::uint8_t, 3> colour{};
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0;
    for (std::size_t k = 7; k-- > 0;) sum = sum * t + coefficients[k][c];
    colour[c] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(sum, 0.0, 1.0)));
  }
  return colour;
}

OSTEON_INLINE std::vector<double> interpolate(std::span<const double> map, int height, int width,
                                              int to_height, int to_width) {
  require(height > 0 && width > 0 && to_height > 0 && to_width > 0 &&
              map.size() == static_cast<std::size_t>(height) * static_cast<std::size_t>(width),
          "cannot bring ", map.size(), " values from ", width, " x ", height, " to ", to_width,
          " x ", to_height);
  struct Between {
    std::size_t first, second;
    double share;  // of the second
  };
  const auto between = [](int i, int from, int to) -> Between {
    const double at = std::max(0.0, (i + 0.5) * from / to - 0.5);
    const int first = std::min(static_cast<int>(at), from - 1);
    return {static_cast<std::size_t>(first),
            static_cast<std::size_t>(std::min(first + 1, from - 1)), at - first};
  };
  std::vector<double> result;
  result.reserve(static_cast<std::size_t>(to_height) * static_cast<std::size_t>(to_width));
  for (int y = 0; y < to_height; ++y) {
    const Between rows = between(y, height, to_height);
    const auto upper = map.subspan(rows.first * static_cast<std::size_t>(width));
    const auto lower = map.subspan(rows.second * static_cast<std::size_t>(width));
    for (int x = 0; x < to_width; ++x) {
      const auto [left, right, share] = between(x, width, to_width);
      const double above = upper[left] + share * (upper[right] - upper[left]);
      const double below = lower[left] + share * (lower[right] - lower[left]);
      result.push_back(above + rows.share * (below - above));
    }
  }
  return result;
}

OSTEON_INLINE Image overlay(const Image& rgb, std::span<const double> map, int height, int width,
                            double opacity) {
  require(rgb.channels == 3 && !rgb.empty(), "a map is laid over an RGB picture, not over ",
          rgb.width, " x ", rgb.height, " pixels of ", rgb.channels, " channels");
  const std::vector<double> heat = interpolate(map, height, width, rgb.height, rgb.width);
  const double largest = *std::ranges::max_element(map);
  Image result(2 * rgb.width, rgb.height, 3);
  for (int y = 0; y < rgb.height; ++y) {
    const std::uint8_t* const from = rgb.row(y);
    std::uint8_t* const plain = result.row(y);
    std::uint8_t* const covered = std::copy_n(from, rgb.row_bytes(), plain);
    const double* const values = heat.data() + static_cast<std::size_t>(y * rgb.width);
    for (int x = 0; x < rgb.width; ++x) {
      const double value = largest > 0 ? values[x] / largest : 0;
      const auto colour = viridis(value);
      for (int c = 0; c < 3; ++c) {
        const double share = opacity * value, before = from[3 * x + c];
        covered[3 * x + c] = static_cast<std::uint8_t>(
            std::lround(before + share * (colour[static_cast<std::size_t>(c)] - before)));
      }
    }
  }
  return result;
}

}  // namespace osteon::data
