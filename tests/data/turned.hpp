// Pictures turned and mirrored, as augmentation scripts do it.
#pragma once

#include <osteon/data/image.hpp>
#include <osteon/data/png.hpp>
#include <osteon/data/synthetic/radiograph.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>

namespace osteon::test {

/// A grey picture turned clockwise about its middle within its frame; black where nothing was.
inline data::Image turned(const data::Image& image, float degrees) {
  data::Image result(image.width, image.height, 1);
  const float angle = degrees * std::numbers::pi_v<float> / 180;
  const float cosine = std::cos(angle), sine = std::sin(angle);
  const float mx = 0.5F * static_cast<float>(image.width - 1);
  const float my = 0.5F * static_cast<float>(image.height - 1);
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column) {
      const float x = static_cast<float>(column) - mx, y = static_cast<float>(row) - my;
      const float fx = mx + cosine * x + sine * y, fy = my + cosine * y - sine * x;
      if (fx < 0 || fy < 0 || fx >= 2 * mx || fy >= 2 * my) continue;
      const int x0 = static_cast<int>(fx), y0 = static_cast<int>(fy);
      const float u = fx - static_cast<float>(x0), v = fy - static_cast<float>(y0);
      const auto* top = image.row(y0) + x0;
      const auto* bottom = image.row(y0 + 1) + x0;
      const float value =
          (1 - v) * ((1 - u) * top[0] + u * top[1]) + v * ((1 - u) * bottom[0] + u * bottom[1]);
      result.row(row)[column] = static_cast<std::uint8_t>(value + 0.5F);
    }
  }
  return result;
}

/// One of the eight: `quarters` clockwise quarter turns, left and right swapped before.
inline data::Image flipped(data::Image image, int quarters, bool mirror) {
  if (mirror)
    for (int row = 0; row < image.height; ++row)
      std::reverse(image.row(row), image.row(row) + image.row_bytes());
  for (; quarters > 0; --quarters) {
    data::Image next(image.height, image.width, 1);
    for (int row = 0; row < image.height; ++row)
      for (int column = 0; column < image.width; ++column)
        next.row(column)[image.height - 1 - row] = image.row(row)[column];
    image = next;
  }
  return image;
}

/// Synthetic radiograph number `index` of a series that only tests use, grey.
inline data::Image radiograph(std::uint64_t index, int label, int size = 96) {
  return data::synthetic_radiograph(7, index, size, label).image;
}

/// Writes a PNG and the folders it needs.
inline void put_png(const std::filesystem::path& path, const data::Image& image) {
  std::filesystem::create_directories(path.parent_path());
  data::write_png(path, image);
}

}  // namespace osteon::test
