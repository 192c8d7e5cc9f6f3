// Recognises a picture that was turned, mirrored, stretched, rescaled or saved again.
//
// The picture is squashed to a square, and the disc in its middle is read along circles. Turning
// the picture by any angle shifts each circle along itself, and mirroring reverses it. So the
// spectrum along the circles (its Fourier-Mellin transform without the change of scale; Reddy &
// Chatterji, IEEE Trans. Image Processing 5(8), 1996) keeps its magnitudes, and one shift, common
// to all circles, aligns two copies.
#pragma once

#include <osteon/data/image.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace osteon::data {

/// How two pictures agree best.
struct Alignment {
  float similarity = -1;  ///< correlation of the discs' edges, in [-1, 1]; 1 for the same picture
  float degrees = 0;  ///< clockwise turn that takes the first (mirrored first, if so) to the other
  bool mirrored = false;
};

/// 11 KB that stand for a picture. Made by fingerprint().
class Fingerprint {
 public:
  static constexpr int side = 64;  ///< of the square
  static constexpr std::size_t rings = 24, harmonics = 31;
  static constexpr std::size_t bands = 8, band_harmonics = 16;

  /// Magnitudes, pooled over three circles, of the low harmonics, which resampling and compression
  /// hardly change. Unit length.
  using Invariant = std::array<float, bands * band_harmonics>;

  [[nodiscard]] const Invariant& invariant() const { return invariant_; }
  /// The picture in grey, squashed to side x side.
  [[nodiscard]] const Image& square() const { return square_; }

  /// Squared distance of the invariants, in [0, 2]: small for every turned or mirrored copy. Stops
  /// early, with a value above `limit`, once the sum exceeds it.
  [[nodiscard]] float distance(const Fingerprint& other, float limit = 2) const;

  /// Tries every turn in steps of 1.4 degrees, mirrored and not.
  [[nodiscard]] Alignment align(const Fingerprint& other) const;

 private:
  friend std::optional<Fingerprint> fingerprint(const Image& image);

  /// (harmonics, rings); harmonic k = 1, 2, ... is weighted by k, as a derivative along the circle
  /// does, so that edges count and not the brightness of whole regions. Unit norm.
  using Plane = std::array<std::array<float, rings>, harmonics>;
  Plane re_{}, im_{};
  Invariant invariant_{};
  Image square_;
};

namespace detail {

/// Bilinear; (x, y) in pixels, (0, 0) is the centre of the first pixel. Inside the image.
[[nodiscard]] float sample_bilinear(const Image& grey, float x, float y);

}  // namespace detail

/// The fingerprint of a grey or RGB picture; none for one without edges, such as a blank film. Only
/// the disc in the middle counts: where a picture is turned within its frame, the corners are lost.
[[nodiscard]] std::optional<Fingerprint> fingerprint(const Image& image);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/fingerprint.ipp>
#endif
