// From 8-bit pixels to what a network is fed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace osteon::data {

/// (pixel / 255 - mean) / std for each of the channels red, green, blue.
struct Normalization {
  std::array<float, 3> mean;
  std::array<float, 3> std;
};

/// The statistics of ImageNet, which torchvision's pretrained networks expect.
inline constexpr Normalization imagenet_normalization{{0.485F, 0.456F, 0.406F},
                                                      {0.229F, 0.224F, 0.225F}};

/// A Normalization as a table: one look-up for each of the 3 x 256 possible values.
class Normalizer {
 public:
  explicit constexpr Normalizer(const Normalization& statistics = imagenet_normalization) {
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t v = 0; v < 256; ++v)
        table_[c][v] = (static_cast<float>(v) / 255.0F - statistics.mean[c]) / statistics.std[c];
  }

  /// (..., 3) bytes to (..., 3) floats, channels last on both sides.
  void operator()(std::span<const std::uint8_t> in, std::span<float> out) const;

 private:
  std::array<std::array<float, 256>, 3> table_{};
};

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/transforms.ipp>
#endif
