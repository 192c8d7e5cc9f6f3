// Definitions of fingerprint.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/fingerprint.hpp>
#include <osteon/data/resize.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <optional>

namespace osteon::data {

OSTEON_INLINE float Fingerprint::distance(const Fingerprint& other, float limit) const {
  float sum = 0;
  for (std::size_t i = 0; i < invariant_.size() && sum <= limit; i += 16) {
    float chunk = 0;
    for (std::size_t j = i; j < i + 16; ++j) {
      const float d = invariant_[j] - other.invariant_[j];
      chunk += d * d;
    }
    sum += chunk;
  }
  return sum;
}

namespace detail {

inline constexpr std::size_t circle_points = 128;

/// cos and sin of 2 pi i / N.
template <std::size_t N>
struct CircleTable {
  std::array<float, N> cosine, sine;
  CircleTable() {
    for (std::size_t i = 0; i < N; ++i) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(i) / N;
      cosine[i] = static_cast<float>(std::cos(angle));
      sine[i] = static_cast<float>(std::sin(angle));
    }
  }
  [[nodiscard]] static const CircleTable& get() {
    static const CircleTable table;
    return table;
  }
};

/// RGB or grey to grey (ITU-R BT.601 luma), squashed to side x side.
OSTEON_INLINE Image grey_square(const Image& image, int side) {
  if (image.channels == 1) return resize(image, side, side);
  require(image.channels == 3, "a fingerprint needs a grey or RGB image, not one of ",
          image.channels, " channels");
  Image grey(image.width, image.height, 1);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
    const std::uint8_t* rgb = image.pixels.data() + 3 * i;
    grey.pixels[i] = static_cast<std::uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]) / 1000);
  }
  return resize(grey, side, side);
}

OSTEON_INLINE float sample_bilinear(const Image& grey, float x, float y) {
  const int x0 = static_cast<int>(x), y0 = static_cast<int>(y);
  const float fx = x - static_cast<float>(x0), fy = y - static_cast<float>(y0);
  const std::uint8_t* top = grey.row(y0) + x0;
  const std::uint8_t* bottom = grey.row(y0 + 1) + x0;
  return (1 - fy) * ((1 - fx) * top[0] + fx * top[1]) +
         fy * ((1 - fx) * bottom[0] + fx * bottom[1]);
}

}  // namespace detail

OSTEON_INLINE std::optional<Fingerprint> fingerprint(const Image& image) {
  constexpr int side = Fingerprint::side;
  constexpr std::size_t points = detail::circle_points;
  const auto& circle = detail::CircleTable<points>::get();
  Fingerprint print;
  print.square_ = detail::grey_square(image, side);
  std::array<float, points> values;
  float energy = 0;
  for (std::size_t ring = 0; ring < Fingerprint::rings; ++ring) {
    const float share = (static_cast<float>(ring) + 0.5F) / Fingerprint::rings;
    const float radius = 0.96F * share * side / 2;
    for (std::size_t i = 0; i < points; ++i)
      values[i] =
          detail::sample_bilinear(print.square_, 0.5F * (side - 1) + radius * circle.cosine[i],
                                  0.5F * (side - 1) + radius * circle.sine[i]);
    for (std::size_t h = 0; h < Fingerprint::harmonics; ++h) {
      const std::size_t k = h + 1;
      float re = 0, im = 0;
      for (std::size_t i = 0; i < points; ++i) {
        re += values[i] * circle.cosine[k * i % points];
        im -= values[i] * circle.sine[k * i % points];
      }
      const float weight = std::sqrt(share) * static_cast<float>(k) / points;  // by area, by edges
      print.re_[h][ring] = re * weight;
      print.im_[h][ring] = im * weight;
      energy += weight * weight * (re * re + im * im);
    }
  }
  // Below a grey level's rounding there is nothing to recognise.
  if (energy < 1) return std::nullopt;

  const float scale = 1 / std::sqrt(energy);
  float low = 0;
  for (std::size_t h = 0; h < Fingerprint::harmonics; ++h) {
    for (std::size_t ring = 0; ring < Fingerprint::rings; ++ring) {
      float& re = print.re_[h][ring] *= scale;
      float& im = print.im_[h][ring] *= scale;
      if (h >= Fingerprint::band_harmonics) continue;
      const std::size_t band = ring * Fingerprint::bands / Fingerprint::rings;
      print.invariant_[h * Fingerprint::bands + band] += re * re + im * im;
      low += re * re + im * im;
    }
  }
  for (float& value : print.invariant_) value = std::sqrt(value / std::max(low, 1e-12F));
  return print;
}

OSTEON_INLINE Alignment Fingerprint::align(const Fingerprint& other) const {
  constexpr std::size_t turns = 256;
  const auto& circle = detail::CircleTable<turns>::get();
  std::array<float, turns> straight{}, mirrored{};
  for (std::size_t h = 0; h < harmonics; ++h) {
    float rr = 0, ii = 0, ri = 0, ir = 0;
    for (std::size_t r = 0; r < rings; ++r) {
      rr += re_[h][r] * other.re_[h][r];
      ii += im_[h][r] * other.im_[h][r];
      ri += re_[h][r] * other.im_[h][r];
      ir += im_[h][r] * other.re_[h][r];
    }
    // sum of conj(a) b, and of a b where a is mirrored; the real part once b is turned back by t.
    for (std::size_t t = 0; t < turns; ++t) {
      const float c = circle.cosine[(h + 1) * t % turns], s = circle.sine[(h + 1) * t % turns];
      straight[t] += (rr + ii) * c - (ri - ir) * s;
      mirrored[t] += (rr - ii) * c - (ri + ir) * s;
    }
  }
  const auto best = std::max_element(straight.begin(), straight.end());
  const auto best_mirrored = std::max_element(mirrored.begin(), mirrored.end());
  const bool mirror = *best_mirrored > *best;
  const auto turn = mirror ? best_mirrored - mirrored.begin() : best - straight.begin();
  return {mirror ? *best_mirrored : *best, static_cast<float>(turn) * 360 / turns, mirror};
}

}  // namespace osteon::data
