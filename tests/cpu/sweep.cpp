#include <osteon/cpu/conv2d_sweep.hpp>
#include <osteon/cpu/sweep.hpp>
#include <osteon/cpu/weight_gradient.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

using namespace osteon;

namespace {

constexpr Conv2dGeometry g{2, 3, 5, 6, 4, 3, 3, 3, 2, 1};

}  // namespace

TEST_CASE(
    "RowTile: each row's place, where its taps read, zeros outside, and whether all lie inside") {
  const cpu::Sweep s = cpu::forward_sweep(g);
  CHECK(s.rows() == 2 * 3 * 3);
  std::vector<int> image(2 * 5 * 6 * 3);
  std::iota(image.begin(), image.end(), 0);
  const int zero = 0;
  std::vector<const int*> pixels(static_cast<std::size_t>(9 * cpu::tile_rows));
  cpu::RowTile<int> tile{};
  tile.pixels = pixels.data();
  tile.zeros = &zero;
  for (Index first = 0; first < s.rows(); ++first) {
    for (const Index last : {first + 1, s.rows()}) {
      tile.take(s, first, last, image.data());
      REQUIRE(tile.count == std::min<Index>(cpu::tile_rows, last - first));
      bool all = true;
      for (Index r = 0; r < tile.count; ++r) {
        const Index row = first + r;
        CHECK(tile.targets[static_cast<std::size_t>(r)] == row * g.out_channels);
        for (Index tap = 0; tap < 9; ++tap) {
          const Index h = row / 3 % 3 * 2 - 1 + tap / 3, w = row % 3 * 2 - 1 + tap % 3;
          const bool read = h >= 0 && h < 5 && w >= 0 && w < 6;
          all = all && read;
          const int* const expected = read ? image.data() + ((row / 9 * 5 + h) * 6 + w) * 3 : &zero;
          if (!tile.inside) {
            CHECK(pixels[static_cast<std::size_t>(tap * cpu::tile_rows + r)] == expected);
          }
          if (read) {
            CHECK(tile.origins[static_cast<std::size_t>(r)] + s.offset(tap / 3, tap % 3) ==
                  expected);
          }
        }
      }
      CHECK(tile.inside == all);
      for (auto r = static_cast<std::size_t>(tile.count); r < cpu::tile_rows; ++r) {
        CHECK(tile.origins[r] == tile.origins[static_cast<std::size_t>(tile.count - 1)]);
      }
    }
  }
}

TEST_CASE("pack_pixels: a tap's channels of each row, zeros outside") {
  std::vector<float> image(2 * 5 * 6 * 3);
  std::iota(image.begin(), image.end(), 1.0F);
  for (Index tap = 0; tap < 9; ++tap) {
    cpu::Sweep s = cpu::forward_sweep(g);
    s.down += tap / 3;
    s.right += tap % 3;
    s.tap_rows = s.tap_columns = 1;
    std::vector<float> packed(static_cast<std::size_t>(11 * cpu::tile_width<float>), -1.0F);
    cpu::pack_pixels(s, {4, 15}, image.data(), 1, 2, packed.data());
    for (Index row = 4; row < 15; ++row) {
      const Index h = row / 3 % 3 * 2 - 1 + tap / 3, w = row % 3 * 2 - 1 + tap % 3;
      const bool read = h >= 0 && h < 5 && w >= 0 && w < 6;
      for (Index c = 0; c < 2; ++c) {
        const float expected =
            read ? image[static_cast<std::size_t>(((row / 9 * 5 + h) * 6 + w) * 3 + 1 + c)] : 0;
        CHECK(packed[static_cast<std::size_t>((row - 4) * cpu::tile_width<float> + c)] == expected);
      }
    }
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
