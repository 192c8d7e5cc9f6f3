// Definitions of augment.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/augment.hpp>
#include <osteon/data/pixel_noise.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

namespace osteon::data {

OSTEON_INLINE Augmentation draw_augmentation(const AugmentOptions& options, Random& random) {
  const auto within = [&](float bound) { return random.uniform(-bound, bound); };
  Augmentation drawn;
  drawn.flip = random.chance(options.horizontal_flip);
  drawn.degrees = within(options.degrees);
  drawn.scale = 1 + within(options.scale);
  drawn.shift_x = within(options.translate);
  drawn.shift_y = within(options.translate);
  drawn.brightness = 1 + within(options.brightness);
  drawn.contrast = 1 + within(options.contrast);
  drawn.noise = random.uniform(0, options.noise);
  return drawn;
}

namespace detail {

inline constexpr int augment_channels = 3;

/// Where a pixel of the result comes from: (a x + b y + c, d x + e y + f), in pixels of the source.
struct SourceMap {
  float a, b, c, d, e, f;

  SourceMap(const Augmentation& augmentation, int width, int height) {
    const double angle = static_cast<double>(augmentation.degrees) * std::numbers::pi / 180;
    const double size = static_cast<double>(augmentation.scale);
    const double cosine = std::cos(angle) / size, sine = std::sin(angle) / size;
    const double mirror = augmentation.flip ? -1 : 1;
    const double middle_x = (width - 1) / 2.0, middle_y = (height - 1) / 2.0;
    const double to_x = middle_x + static_cast<double>(augmentation.shift_x) * width;
    const double to_y = middle_y + static_cast<double>(augmentation.shift_y) * height;
    a = static_cast<float>(mirror * cosine);
    b = static_cast<float>(mirror * -sine);
    c = static_cast<float>(middle_x - mirror * (cosine * to_x - sine * to_y));
    d = static_cast<float>(sine);
    e = static_cast<float>(cosine);
    f = static_cast<float>(middle_y - (sine * to_x + cosine * to_y));
  }
};

/// Row `y` of the result, bilinear between the four pixels around each source position.
OSTEON_INLINE void resample_row(const Image& image, const SourceMap& map, int y, float* out) {
  constexpr int channels = augment_channels;
  const int last_x = image.width - 1, last_y = image.height - 1;
  const auto within = [](float at, int last) {
    return std::min(std::max(0.0F, at), static_cast<float>(last));
  };
  const auto row = static_cast<float>(y);
  for (int x = 0; x < image.width; ++x, out += channels) {
    const auto column = static_cast<float>(x);
    const float at_x = within(map.a * column + map.b * row + map.c, last_x);
    const float at_y = within(map.d * column + map.e * row + map.f, last_y);
    const int left = static_cast<int>(at_x), top = static_cast<int>(at_y);
    const float right_share = at_x - static_cast<float>(left);
    const float lower_share = at_y - static_cast<float>(top);
    const std::uint8_t* upper = image.row(top) + left * channels;
    const std::uint8_t* lower = image.row(std::min(top + 1, last_y)) + left * channels;
    const int right = left < last_x ? channels : 0;
    for (int k = 0; k < channels; ++k) {
      const auto upper_left = static_cast<float>(upper[k]);
      const auto lower_left = static_cast<float>(lower[k]);
      // Not std::lerp: its care for special cases triples the time of the whole.
      const float above =
          upper_left + right_share * (static_cast<float>(upper[k + right]) - upper_left);
      const float below =
          lower_left + right_share * (static_cast<float>(lower[k + right]) - lower_left);
      out[k] = above + lower_share * (below - above);
    }
  }
}

}  // namespace detail

OSTEON_INLINE Image augment(const Image& image, const Augmentation& augmentation, Random& random) {
  constexpr int channels = detail::augment_channels;
  require(image.channels == channels && !image.empty(), "cannot augment an image of ", image.width,
          " x ", image.height, " pixels and ", image.channels, " channels; it must have three");
  require(augmentation.scale > 0, "cannot scale an image by ", augmentation.scale);
  if (augmentation == Augmentation{}) return image;

  const bool moves = augmentation.flip || augmentation.degrees != 0 || augmentation.scale != 1 ||
                     augmentation.shift_x != 0 || augmentation.shift_y != 0;
  const detail::SourceMap map(augmentation, image.width, image.height);
  const float deviation = 255 * augmentation.noise;
  float gain = augmentation.brightness, offset = 0;
  if (augmentation.contrast != 1) {
    const auto sum = std::accumulate(image.pixels.begin(), image.pixels.end(), std::uint64_t{0});
    const float mean = static_cast<float>(sum) / static_cast<float>(image.pixels.size());
    offset = (1 - augmentation.contrast) * gain * mean;
    gain *= augmentation.contrast;
  }

  Image result(image.width, image.height, channels);
  std::vector<float> values(image.row_bytes());
  std::vector<float> noise(static_cast<std::size_t>(image.width));
  for (int y = 0; y < image.height; ++y) {
    if (moves) {
      detail::resample_row(image, map, y, values.data());
    } else {
      std::copy_n(image.row(y), values.size(), values.data());
    }
    if (augmentation.noise > 0) fill_pixel_noise(noise, random);
    const float* value = values.data();
    std::uint8_t* out = result.row(y);
    for (std::size_t x = 0; x < noise.size(); ++x) {
      const float added = offset + deviation * noise[x];
      for (int k = 0; k < channels; ++k) {
        const float changed = gain * *value++ + added;
        *out++ = static_cast<std::uint8_t>(std::min(std::max(0.0F, changed), 255.0F) + 0.5F);
      }
    }
  }
  return result;
}

OSTEON_INLINE Augment::Augment(const AugmentOptions& options) : options_(options) {
  const auto check = [](const char* name, float value, float most) {
    require(value >= 0 && value <= most, "augmentation: ", name, " is ", value,
            "; it must lie between 0 and ", most);
  };
  check("horizontal_flip", options.horizontal_flip, 1);
  check("degrees", options.degrees, 180);
  check("translate", options.translate, 1);
  check("scale", options.scale, 0.9F);
  check("brightness", options.brightness, 1);
  check("contrast", options.contrast, 1);
  check("noise", options.noise, 1);
}

OSTEON_INLINE void Augment::operator()(std::span<std::uint8_t> pixels, int size,
                                       Random& random) const {
  Image image;
  image.width = image.height = size;
  image.channels = detail::augment_channels;
  image.pixels.assign(pixels.begin(), pixels.end());
  std::ranges::copy(changed(image, random).pixels, pixels.begin());
}

OSTEON_INLINE Image Augment::changed(const Image& image, Random& random) const {
  const Augmentation drawn = draw_augmentation(options_, random);
  return augment(image, drawn, random);
}

}  // namespace osteon::data
