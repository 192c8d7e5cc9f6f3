// What lies between the shadow and the picture: collimation, side marker, exposure, noise.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/data/image.hpp>

#include <cstdint>

namespace osteon::data::synthetic {

/// The lead letter that tells the side.
struct Marker {
  bool present = false;
  char letter = 'L';
  float x = 0, y = 0;    ///< its centre
  float height = 0.15F;  ///< in units of half the picture's side
  float cosine = 1, sine = 0;

  [[nodiscard]] bool covers(float px, float py) const;
};

/// The open field of the beam: a rectangle, slightly turned.
struct Collimation {
  float cosine = 1, sine = 0;
  float half_width = 2, half_height = 2;  ///< 2: open

  /// 1 in the field, 0 outside, a soft edge between.
  [[nodiscard]] float open(float px, float py) const;
};

struct Exposure {
  float gain = 1;                ///< contrast
  float level = 0;               ///< brightness of air
  float tilt_x = 0, tilt_y = 0;  ///< the heel effect: brightness falls off across the film
  float noise = 0.05F;           ///< standard deviation in the air, of full scale
};

[[nodiscard]] Marker random_marker(Random& random);

[[nodiscard]] Collimation random_collimation(Random& random);

[[nodiscard]] Exposure random_exposure(Random& random);

/// Approximately normal, mean 0 and variance 1: the sum of a word's four bytes.
[[nodiscard]] float grain(Random& random);

/// The film's grey for an attenuation: dense is white, and saturates.
[[nodiscard]] std::uint8_t develop(float attenuation, float noise);

}  // namespace osteon::data::synthetic

#if !defined(OSTEON_COMPILED)
#include <osteon/data/synthetic/film.ipp>
#endif
