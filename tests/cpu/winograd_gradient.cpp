#include <osteon/cpu/weight_gradient.hpp>
#include <osteon/cpu/winograd_gradient.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

using namespace osteon;
using cpu::winograd::F2;
using cpu::winograd::F4;

namespace {

/// How far backward_weight(x, dy, dweight), which adds, is from the direct sum in double.
template <class BackwardWeight>
double error_of(const Conv2dGeometry& g, const BackwardWeight& backward_weight) {
  const auto x = test::uniform_values(g.batch * g.in_height * g.in_width * g.in_channels, 5, 0);
  const auto dy = test::uniform_values(g.rows() * g.out_channels, 5, 1);
  const std::vector<double> x64(x.begin(), x.end()), dy64(dy.begin(), dy.end());
  std::vector<float> given(static_cast<std::size_t>(g.weights()), 1);
  std::vector<double> expected(static_cast<std::size_t>(g.weights()), 1);
  backward_weight(x.data(), dy.data(), given.data());
  cpu::direct_weight_gradient(g, x64.data(), dy64.data(), expected.data());
  return test::relative_error(given, expected);
}

constexpr Index width = cpu::tile_width<float>;

}  // namespace

TEST_CASE("Winograd's weight gradient: each task some of the tiles") {
  const Conv2dGeometry g{75, width, 5, 4, 2 * width, 5, 4, 3, 1, 1};
  for (const Index tasks : {1, 3}) {
    CHECK(error_of(g, [&](const float* x, const float* dy, float* dweight) {
            cpu::winograd::backward_weight_by_tiles<F4>(g, tasks, x, dy, dweight);
          }) < 1e-4);
  }
}

TEST_CASE("Winograd's weight gradient: each task a coordinate, more tiles than fit at a time") {
  // 36 coordinates of 3 x `width` numbers a tile; a million at a time.
  const Index batch = (Index{1} << 20) / (36 * 3 * width) + 20;
  const Conv2dGeometry g{batch, width, 4, 4, 2 * width, 4, 4, 3, 1, 1};
  CHECK(error_of(g, [&](const float* x, const float* dy, float* dweight) {
          cpu::winograd::backward_weight_by_coordinates<F4>(g, x, dy, dweight);
        }) < 1e-4);
  const Conv2dGeometry few{3, width, 5, 3, width, 5, 3, 3, 1, 1};
  CHECK(error_of(few, [&](const float* x, const float* dy, float* dweight) {
          cpu::winograd::backward_weight_by_coordinates<F2>(few, x, dy, dweight);
        }) < 1e-4);
}

TEST_CASE("Winograd's weight gradient: each task a block, more tiles than fit at a time") {
  // Blocks of 64 x 64, of which the last ones are not whole; four million numbers at a time.
  const Index batch = (Index{1} << 22) / (36 * (96 + 160)) + 20;
  const Conv2dGeometry g{batch, 96, 4, 3, 160, 4, 3, 3, 1, 1};
  CHECK(error_of(g, [&](const float* x, const float* dy, float* dweight) {
          cpu::winograd::backward_weight_by_blocks<F4>(g, x, dy, dweight);
        }) < 1e-4);
  const Conv2dGeometry few{3, 96, 5, 3, 160, 5, 3, 3, 1, 1};
  CHECK(error_of(few, [&](const float* x, const float* dy, float* dweight) {
          cpu::winograd::backward_weight_by_blocks<F2>(few, x, dy, dweight);
        }) < 1e-4);
}
