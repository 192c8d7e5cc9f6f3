#include <osteon/cpu/conv2d_sweep.hpp>
#include <osteon/cpu/sweep.hpp>

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

using namespace osteon;

namespace {

constexpr Conv2dGeometry g{2, 3, 5, 6, 4, 3, 3, 3, 2, 1};

}  // namespace

TEST_CASE("GridPoint: advancing visits the rows in order") {
  const cpu::Sweep s = cpu::forward_sweep(g);
  CHECK(s.rows() == 2 * 3 * 3);
  cpu::GridPoint at(s, 0);
  for (Index row = 0; row < s.rows(); ++row, at.advance(s)) {
    const cpu::GridPoint expected(s, row);
    CHECK(at.sample == expected.sample);
    CHECK(at.top == expected.top);
    CHECK(at.left == expected.left);
    CHECK(at.target(s) == row * g.out_channels);
  }
}

TEST_CASE("GridPoint: taps read their pixels, or zeros outside; inside says whether all do") {
  const cpu::Sweep s = cpu::forward_sweep(g);
  std::vector<int> image(2 * 5 * 6 * 3);
  std::iota(image.begin(), image.end(), 0);
  const int zero = 0;
  std::vector<const int*> pixels(9);
  for (Index row = 0; row < s.rows(); ++row) {
    const cpu::GridPoint at(s, row);
    at.find_pixels(s, image.data(), &zero, 1, pixels.data());
    bool all = true;
    for (Index tap = 0; tap < 9; ++tap) {
      const Index h = at.top * 2 - 1 + tap / 3, w = at.left * 2 - 1 + tap % 3;
      const bool read = h >= 0 && h < 5 && w >= 0 && w < 6;
      all = all && read;
      const int* const expected = read ? image.data() + ((at.sample * 5 + h) * 6 + w) * 3 : &zero;
      CHECK(pixels[static_cast<std::size_t>(tap)] == expected);
      if (read) CHECK(at.origin(s, image.data()) + s.offset(tap / 3, tap % 3) == expected);
    }
    CHECK(at.inside(s) == all);
  }
}

TEST_CASE("backward_sweep: all residues together have every tap once, and reach every input") {
  for (const Index stride : {1, 2, 3, 4}) {
    Conv2dGeometry strided = g;
    strided.stride = stride;
    Index taps = 0, rows = 0;
    for (Index top = 0; top < stride; ++top) {
      for (Index left = 0; left < stride; ++left) {
        const cpu::Sweep s = cpu::backward_sweep(strided, top, left);
        taps += s.taps();
        rows += s.rows();
      }
    }
    CHECK(taps == 9);
    CHECK(rows == 2 * 5 * 6);
  }
}

TEST_CASE("pad_images: zeros around, the image inside") {
  std::vector<float> x(2 * 5 * 6 * 3);
  std::iota(x.begin(), x.end(), 1.0F);
  const float* const padded = cpu::pad_images(g, 1, 1, x.data());
  for (Index h = 0; h < 7; ++h) {
    for (Index w = 0; w < 8; ++w) {
      const bool inside = h >= 1 && h < 6 && w >= 1 && w < 7;
      for (Index c = 0; c < 3; ++c) {
        const float expected =
            inside ? x[static_cast<std::size_t>(((5 + h - 1) * 6 + w - 1) * 3 + c)] : 0;
        CHECK(padded[(h * 8 + w) * 3 + c] == expected);
      }
    }
  }
}
