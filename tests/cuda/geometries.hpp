// Convolutions to test with: borders, strides that leave pixels out, kernels larger than the
// padding, single pixels.
#pragma once

#include <osteon/core/geometry.hpp>

#include <vector>

namespace osteon::test {

[[nodiscard]] inline Conv2dGeometry geometry(Index batch, Index in, Index height, Index width,
                                             Index out, Index kernel, Index stride, Index padding) {
  const Index out_height = (height + 2 * padding - kernel) / stride + 1;
  const Index out_width = (width + 2 * padding - kernel) / stride + 1;
  return {batch, in, height, width, out, out_height, out_width, kernel, stride, padding};
}

[[nodiscard]] inline std::vector<Conv2dGeometry> geometries() {
  return {geometry(2, 3, 9, 7, 5, 3, 1, 1),  geometry(2, 4, 8, 8, 6, 3, 2, 1),
          geometry(1, 3, 11, 9, 4, 7, 2, 3), geometry(3, 8, 5, 5, 16, 1, 2, 0),
          geometry(3, 8, 5, 5, 16, 1, 1, 0), geometry(2, 16, 6, 6, 16, 3, 1, 1),
          geometry(2, 2, 6, 5, 3, 2, 3, 0),  geometry(4, 5, 1, 1, 7, 1, 1, 0)};
}

}  // namespace osteon::test
