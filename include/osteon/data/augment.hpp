// Augmentation: training images changed in ways that do not change their class.
//
// Flip, rotation, scale and shift are one affine map, so that an image is resampled (and blurred)
// once. Where the map looks beyond the image, the border's pixel is repeated: a limb that leaves
// the picture goes on, and no edge appears that the film doesn't have. A black border would cut
// bones off along straight lines, which is much what a fracture looks like, and would be wrong on
// films whose background is bright.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/data/image.hpp>

#include <cstdint>
#include <span>

namespace osteon::data {

/// How far images may be changed; nothing by default. Each amount is drawn uniformly. The names are
/// torchvision's (RandomAffine, ColorJitter).
struct AugmentOptions {
  float horizontal_flip = 0;  ///< the probability of a mirror image
  float degrees = 0;          ///< rotation in [-degrees, degrees]
  float translate = 0;        ///< shift in [-translate, translate] of the width, and of the height
  float scale = 0;            ///< size times a factor in [1 - scale, 1 + scale]
  float brightness = 0;       ///< values times a factor in [1 - brightness, 1 + brightness]
  float contrast = 0;         ///< distance from the mean times a factor, likewise
  float noise = 0;  ///< Gaussian, with a standard deviation in [0, noise] of the range of values
};

/// What is done to one image.
struct Augmentation {
  bool flip = false;  ///< left and right change places, before all else
  float degrees = 0;  ///< about the centre, counter-clockwise as seen
  float scale = 1;    ///< about the centre; above 1 enlarges
  float shift_x = 0;  ///< to the right, as a share of the width
  float shift_y = 0;  ///< down, as a share of the height
  float brightness = 1;
  float contrast = 1;
  float noise = 0;  ///< standard deviation, 1 being the range of values

  bool operator==(const Augmentation&) const = default;
};

/// Each amount takes one random number, whatever the options are: to switch one on or off leaves
/// the others as they were.
[[nodiscard]] Augmentation draw_augmentation(const AugmentOptions& options, Random& random);

/// `image` after `augmentation`; `random` gives the noise, which is the same in all channels, as a
/// radiograph is grey. Contrast is taken about the mean value of the image before it was moved.
/// Throws Error unless the image has three channels and the scale is above 0.
[[nodiscard]] Image augment(const Image& image, const Augmentation& augmentation, Random& random);

/// A random augmentation of images: a pure function of the image, the options and the random
/// numbers. As a loader's transform it draws anew for each sample in each epoch:
///
///     Loader training(dataset, indices, {.shuffle = true,
///                                        .transform = Augment({.degrees = 10, .noise = 0.02F})});
class Augment {
 public:
  /// Throws Error on amounts that make no sense.
  explicit Augment(const AugmentOptions& options);

  [[nodiscard]] const AugmentOptions& options() const { return options_; }

  /// Equal `random` gives equal results.
  [[nodiscard]] Image operator()(const Image& image, Random random) const {
    return changed(image, random);
  }

  /// In place, (size, size, 3): LoaderOptions::transform.
  void operator()(std::span<std::uint8_t> pixels, int size, Random& random) const;

 private:
  [[nodiscard]] Image changed(const Image& image, Random& random) const;

  AugmentOptions options_;
};

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/augment.ipp>
#endif
