// The run-time facts of a convolution or pooling, as kernels take them.
#pragma once

#include <osteon/core/shape.hpp>

namespace osteon {

/// A square window that slides over a batch of images with zero padding.
struct Conv2dGeometry {
  Index batch;
  Index in_channels, in_height, in_width;
  Index out_channels, out_height, out_width;
  Index kernel, stride, padding;

  /// Output pixels of the batch.
  [[nodiscard]] constexpr Index rows() const { return batch * out_height * out_width; }
  /// Elements of the weight.
  [[nodiscard]] constexpr Index weights() const { return out_channels * patch(); }
  /// Inputs of one output.
  [[nodiscard]] constexpr Index patch() const { return kernel * kernel * in_channels; }
};

/// How a convolution is computed: the direct sum, or Winograd's F(2x2, 3x3) or F(4x4, 3x3).
enum class Conv2dAlgorithm { direct, winograd_2x2, winograd_4x4 };

[[nodiscard]] constexpr const char* name(Conv2dAlgorithm algorithm) {
  switch (algorithm) {
    case Conv2dAlgorithm::winograd_2x2:
      return "Winograd 2x2";
    case Conv2dAlgorithm::winograd_4x4:
      return "Winograd 4x4";
    default:
      return "direct";
  }
}

}  // namespace osteon
