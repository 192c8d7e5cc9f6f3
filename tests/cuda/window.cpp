#include <osteon/cuda/window.hpp>

#include <doctest/doctest.h>

#include <set>
#include <tuple>

namespace osteon {

// Both directions name the same pairs of input and output, with the same place in the kernel.
TEST_CASE("cuda: windows over a pixel are those that read it") {
  for (const auto& [kernel, stride, padding] :
       {std::tuple<Index, Index, Index>{3, 1, 1}, {3, 2, 1}, {7, 2, 3}, {1, 2, 0}, {2, 3, 0}}) {
    constexpr Index height = 9, width = 8;
    const Conv2dGeometry g{2,
                           1,
                           height,
                           width,
                           1,
                           (height + 2 * padding - kernel) / stride + 1,
                           (width + 2 * padding - kernel) / stride + 1,
                           kernel,
                           stride,
                           padding};
    std::set<std::tuple<Index, Index, Index>> read, covered;
    for (Index output = 0; output < g.rows(); ++output) {
      const gpu::Window window(g, output);
      for (Index h = window.top; h < window.bottom; ++h) {
        for (Index w = window.left; w < window.right; ++w) {
          read.emplace(window.pixel(h, w), output, window.tap(h, w));
        }
      }
    }
    for (Index input = 0; input < 2 * height * width; ++input) {
      const gpu::Covering windows(g, input);
      for (Index oh = windows.top; oh < windows.bottom; ++oh) {
        for (Index ow = windows.left; ow < windows.right; ++ow) {
          covered.emplace(input, windows.output(oh, ow), windows.tap(oh, ow));
        }
      }
    }
    CHECK(!read.empty());
    CHECK(read == covered);
  }
}

}  // namespace osteon
