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
  Conv2dGeometry dense = g;
  dense.stride = 1;
  dense.out_height = 5;
  dense.out_width = 6;
  // Taps go forward, and backward.
  for (const cpu::Sweep& s :
       {cpu::forward_sweep(g), cpu::forward_sweep(dense), cpu::backward_sweep(dense, 0, 0)}) {
    std::vector<int> image(static_cast<std::size_t>(s.source()));
    std::iota(image.begin(), image.end(), 0);
    const int zero = 0;
    std::vector<int> target(static_cast<std::size_t>(s.rows() * s.target_channels));
    std::vector<const int*> pixels(static_cast<std::size_t>(9 * cpu::tile_rows));
    cpu::RowTile<int> tile;
    for (Index first = 0; first < s.rows(); ++first) {
      for (const Index rows : {Index{1}, s.rows() - first}) {
        cpu::GridPoint at(s, first);
        tile.take(s, at, rows, image.data(), target.data());
        REQUIRE(tile.count == std::min<Index>(cpu::tile_rows, rows));
        tile.find_pixels(s, &zero, pixels.data());
        bool all = true;
        for (Index r = 0; r < tile.count; ++r) {
          const Index row = first + r, sample = row / (s.grid_height * s.grid_width);
          const Index top = row / s.grid_width % s.grid_height, left = row % s.grid_width;
          CHECK(tile.targets[static_cast<std::size_t>(r)] ==
                target.data() + row * s.target_channels);
          for (Index tap = 0; tap < 9; ++tap) {
            const Index h = top * s.source_step + s.down + tap / 3 * s.tap_step;
            const Index w = left * s.source_step + s.right + tap % 3 * s.tap_step;
            const bool read = h >= 0 && h < 5 && w >= 0 && w < 6;
            all = all && read;
            const int* const pixel = pixels[static_cast<std::size_t>(tap * cpu::tile_rows + r)];
            CHECK(pixel == (read ? &image[static_cast<std::size_t>(((sample * 5 + h) * 6 + w) *
                                                                   s.source_channels)]
                                 : &zero));
            if (read) {
              CHECK(tile.origins[static_cast<std::size_t>(r)] + s.offset(tap / 3, tap % 3) ==
                    pixel);
            }
          }
        }
        CHECK(tile.inside == all);
        for (auto r = static_cast<std::size_t>(tile.count); r < cpu::tile_rows; ++r) {
          CHECK(tile.origins[r] == tile.origins[static_cast<std::size_t>(tile.count - 1)]);
        }
        // It went on to the next row.
        const cpu::GridPoint next(s, first + tile.count);
        CHECK((at.sample == next.sample && at.top == next.top && at.left == next.left));
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
