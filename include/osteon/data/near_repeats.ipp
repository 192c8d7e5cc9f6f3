// Definitions of near_repeats.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/near_repeats.hpp>
#include <osteon/data/workers.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>
#include <span>
#include <vector>

namespace osteon::data {

namespace detail {

inline constexpr float square_middle = 0.5F * (Fingerprint::side - 1);

/// Whether a pixel of the square lies in the disc.
[[nodiscard]] constexpr bool in_disc(int row, int column) {
  const float y = static_cast<float>(row) - square_middle;
  const float x = static_cast<float>(column) - square_middle;
  return x * x + y * y < square_middle * square_middle;
}

using DiscPixels = std::array<std::array<float, Fingerprint::side>, Fingerprint::side>;

/// The square, turned and mirrored as `alignment` says; 0 outside of the disc.
OSTEON_INLINE DiscPixels turned_disc(const Image& square, const Alignment& alignment) {
  const float angle = alignment.degrees * std::numbers::pi_v<float> / 180;
  const float cosine = std::cos(angle), sine = std::sin(angle);
  const float flip = alignment.mirrored ? -1.0F : 1.0F;
  DiscPixels turned{};
  for (int row = 0; row < Fingerprint::side; ++row) {
    const float y = static_cast<float>(row) - square_middle;
    for (int column = 0; column < Fingerprint::side; ++column) {
      if (!in_disc(row, column)) continue;
      const float x = static_cast<float>(column) - square_middle;
      turned[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] =
          sample_bilinear(square, square_middle + cosine * x + sine * y,
                          square_middle + flip * (cosine * y - sine * x));
    }
  }
  return turned;
}

/// Sums over pairs of pixels.
struct Moments {
  float x = 0, y = 0, xx = 0, yy = 0, xy = 0;

  void add(float a, float b) {
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  void add(const Moments& other) {
    x += other.x;
    y += other.y;
    xx += other.xx;
    yy += other.yy;
    xy += other.xy;
  }
  [[nodiscard]] float variance_x(float n) const { return xx / n - x / n * (x / n); }
  [[nodiscard]] float variance_y(float n) const { return yy / n - y / n * (y / n); }
  [[nodiscard]] float covariance(float n) const { return xy / n - x / n * (y / n); }
};

}  // namespace detail

OSTEON_INLINE float local_agreement(const Fingerprint& first, const Fingerprint& second,
                                    const Alignment& alignment) {
  constexpr int side = Fingerprint::side, window = 9, stride = 3;
  const detail::DiscPixels a = detail::turned_disc(first.square(), alignment);
  const detail::DiscPixels b = detail::turned_disc(second.square(), {});
  const auto add_row = [&](std::array<detail::Moments, side>& columns, std::size_t row) {
    for (std::size_t c = 0; c < side; ++c) columns[c].add(a[row][c], b[row][c]);
  };
  std::array<detail::Moments, side> columns{};
  for (std::size_t row = 0; row < side; ++row) add_row(columns, row);
  detail::Moments all;
  for (const detail::Moments& column : columns) all.add(column);
  constexpr float disc = std::numbers::pi_v<float> * detail::square_middle * detail::square_middle;
  const float structure = 1e-4F * all.variance_x(disc) * all.variance_y(disc);

  std::vector<float> correlations;
  for (int row = 0; row + window <= side; row += stride) {
    columns.fill({});
    for (int r = row; r < row + window; ++r) add_row(columns, static_cast<std::size_t>(r));
    for (int column = 0; column + window <= side; column += stride) {
      if (!detail::in_disc(row, column) || !detail::in_disc(row + window - 1, column) ||
          !detail::in_disc(row, column + window - 1) ||
          !detail::in_disc(row + window - 1, column + window - 1))
        continue;
      detail::Moments sums;
      for (int c = column; c < column + window; ++c) sums.add(columns[static_cast<std::size_t>(c)]);
      constexpr float n = window * window;
      const float variances =
          std::max(sums.variance_x(n), 0.0F) * std::max(sums.variance_y(n), 0.0F);
      if (variances > structure) correlations.push_back(sums.covariance(n) / std::sqrt(variances));
    }
  }
  if (correlations.empty()) return -1;
  const auto tenth = correlations.begin() + static_cast<std::ptrdiff_t>(correlations.size() / 10);
  std::nth_element(correlations.begin(), tenth, correlations.end());
  return std::clamp(*tenth, -1.0F, 1.0F);
}

OSTEON_INLINE std::vector<NearRepeat> near_repeats(
    std::span<const std::optional<Fingerprint>> prints, const NearRepeatOptions& options,
    int threads) {
  require(options.similarity > 0 && options.similarity <= 1, "a similarity of at least ",
          options.similarity, " was asked for; it must be above 0 and at most 1");
  require(options.agreement >= -1 && options.agreement <= 1, "an agreement of at least ",
          options.agreement, " was asked for; it must lie between -1 and 1");
  constexpr float invariant_limit = 0.1F;
  std::vector<std::vector<NearRepeat>> found(prints.size());
  parallel_for_each(prints.size(), threads, [&](std::size_t i) {
    if (!prints[i]) return;
    for (std::size_t j = i + 1; j < prints.size(); ++j) {
      if (!prints[j] || prints[i]->distance(*prints[j], invariant_limit) > invariant_limit)
        continue;
      const Alignment alignment = prints[i]->align(*prints[j]);
      if (alignment.similarity < options.similarity) continue;
      const float agreement = local_agreement(*prints[i], *prints[j], alignment);
      if (agreement >= options.agreement) found[i].push_back({i, j, alignment, agreement});
    }
  });
  std::vector<NearRepeat> all;
  for (const auto& pairs : found) all.insert(all.end(), pairs.begin(), pairs.end());
  return all;
}

}  // namespace osteon::data
