#include <osteon/cpu/conv2d.hpp>
#include <osteon/cpu/winograd.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <vector>

using namespace osteon;

namespace {

std::vector<float> random_values(Index size, std::uint64_t stream) {
  return test::uniform_values(size, 7, stream);
}

std::vector<double> wide(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

constexpr const float* no_bias = nullptr;
constexpr Index channels = 2 * cpu::tile_width<float>;

/// Enough images for the tiles to pay, borders that cut tiles, every padding.
Conv2dGeometry geometry(Index height, Index width, Index padding, Index batch = 20) {
  return {batch,
          channels,
          height,
          width,
          cpu::tile_width<float>,
          height + 2 * padding - 2,
          width + 2 * padding - 2,
          3,
          1,
          padding};
}

}  // namespace

TEST_CASE("Winograd: all three directions equal the direct sums in double to 1e-4") {
  using enum Conv2dAlgorithm;
  struct Case {
    Conv2dGeometry geometry;
    Conv2dAlgorithm algorithm;
  };
  for (const Case& one : {
           Case{geometry(8, 8, 1), winograd_4x4},
           Case{geometry(7, 9, 1), winograd_4x4},
           Case{geometry(10, 9, 0), winograd_4x4},
           Case{geometry(6, 6, 2), winograd_4x4},
           Case{geometry(9, 8, 1, 300), winograd_4x4},  // in blocks of tiles
           Case{geometry(2, 2, 1), winograd_2x2},
           Case{geometry(3, 2, 1), winograd_2x2},
           Case{geometry(4, 5, 0), winograd_2x2},
       }) {
    const Conv2dGeometry& g = one.geometry;
    CAPTURE(g.in_height);
    CAPTURE(g.in_width);
    CAPTURE(g.padding);
    REQUIRE(conv2d_algorithm<float>(Cpu{}, g) == one.algorithm);
    REQUIRE(conv2d_algorithm<double>(Cpu{}, g) == direct);
    const auto x = random_values(g.batch * g.in_channels * g.in_height * g.in_width, 0);
    const auto weight = random_values(g.weights(), 1);
    const auto bias = random_values(g.out_channels, 2);
    const auto dy = random_values(g.rows() * g.out_channels, 3);
    const auto x64 = wide(x), weight64 = wide(weight), bias64 = wide(bias), dy64 = wide(dy);

    std::vector<float> y(dy.size());
    std::vector<double> y64(dy.size());
    conv2d_forward(Cpu{}, g, x.data(), weight.data(), bias.data(), y.data());
    conv2d_forward(Cpu{}, g, x64.data(), weight64.data(), bias64.data(), y64.data());
    CHECK(test::relative_error(y, y64) < 1e-4);

    // Both gradients add to what is there.
    std::vector<float> dx = x, dweight = weight;
    std::vector<double> dx64 = x64, dweight64 = weight64;
    conv2d_backward_input(Cpu{}, g, dy.data(), weight.data(), dx.data(), true);
    conv2d_backward_input(Cpu{}, g, dy64.data(), weight64.data(), dx64.data(), true);
    CHECK(test::relative_error(dx, dx64) < 1e-4);
    conv2d_backward_weight(Cpu{}, g, x.data(), dy.data(), dweight.data(),
                           static_cast<float*>(nullptr));
    conv2d_backward_weight(Cpu{}, g, x64.data(), dy64.data(), dweight64.data(),
                           static_cast<double*>(nullptr));
    CHECK(test::relative_error(dweight, dweight64) < 1e-4);
  }
}

TEST_CASE("Winograd: few tiles and large weights, which are transformed pair by pair of blocks") {
  // The channels are read in three parts, with AVX-512 of 112, 112 and 96.
  constexpr Index width = cpu::tile_width<float>;
  const Index in = 10240 / width, out = 5 * width;
  const Conv2dGeometry g{8, in, 8, 7, out, 8, 7, 3, 1, 1};
  REQUIRE(conv2d_algorithm<float>(Cpu{}, g) == Conv2dAlgorithm::winograd_4x4);
  REQUIRE(cpu::winograd::transforms_in_pairs<cpu::winograd::F4, float>(g));
  const auto x = random_values(g.batch * g.in_channels * g.in_height * g.in_width, 0);
  const auto weight = random_values(g.weights(), 1);
  const auto bias = random_values(g.out_channels, 2);
  const auto dy = random_values(g.rows() * g.out_channels, 3);
  std::vector<float> y(dy.size()), packed_y(dy.size()), dx = x;
  conv2d_forward(Cpu{}, g, x.data(), weight.data(), bias.data(), y.data());
  conv2d_backward_input(Cpu{}, g, dy.data(), weight.data(), dx.data(), true);

  const auto x64 = wide(x), weight64 = wide(weight), bias64 = wide(bias), dy64 = wide(dy);
  std::vector<double> y64(dy.size()), dx64 = x64;
  conv2d_forward(Cpu{}, g, x64.data(), weight64.data(), bias64.data(), y64.data());
  CHECK(test::relative_error(y, y64) < 1e-4);
  conv2d_backward_input(Cpu{}, g, dy64.data(), weight64.data(), dx64.data(), true);
  CHECK(test::relative_error(dx, dx64) < 1e-4);

  // The same sums as with weights that were transformed before.
  const Conv2dAlgorithm algorithm = conv2d_algorithm<float>(Cpu{}, g);
  std::vector<float> packed(
      static_cast<std::size_t>(conv2d_packed_size<float>(Cpu{}, g, algorithm)));
  conv2d_pack(Cpu{}, g, algorithm, weight.data(), packed.data());
  conv2d_forward_packed(Cpu{}, g, algorithm, x.data(), packed.data(), {.bias = bias.data()},
                        packed_y.data());
  CHECK(y == packed_y);
}

TEST_CASE("Winograd: the result does not depend on the number of threads") {
  const int threads = cpu::num_threads();
  const Conv2dGeometry g = geometry(9, 8, 1);
  const auto x = random_values(g.batch * g.in_channels * g.in_height * g.in_width, 0);
  const auto weight = random_values(g.weights(), 1);
  const auto dy = random_values(g.rows() * g.out_channels, 3);
  std::vector<std::vector<float>> results;
  for (const int n : {1, 2, 5}) {
    cpu::set_num_threads(n);
    std::vector<float> y(dy.size()), dweight(weight.size());
    conv2d_forward(Cpu{}, g, x.data(), weight.data(), no_bias, y.data());
    conv2d_backward_weight(Cpu{}, g, x.data(), dy.data(), dweight.data(),
                           static_cast<float*>(nullptr));
    y.insert(y.end(), dweight.begin(), dweight.end());
    results.push_back(y);
  }
  cpu::set_num_threads(threads);
  CHECK(results[1] == results[0]);
  CHECK(results[2] == results[0]);
}

TEST_CASE("Winograd: is chosen for what it is faster at, and can be turned off") {
  using enum Conv2dAlgorithm;
  const auto chosen = [](Index c, Index size, Index kernel, Index stride, Index batch) {
    return conv2d_algorithm<float>(
        Cpu{}, {batch, c, size, size, c, size / stride, size / stride, kernel, stride, kernel / 2});
  };
  CHECK(chosen(64, 56, 3, 1, 1) == winograd_4x4);
  CHECK(chosen(512, 7, 3, 1, 32) == winograd_4x4);
  CHECK(chosen(512, 7, 3, 1, 1) != winograd_4x4);  // too few tiles for the larger weights
  CHECK(chosen(64, 56, 3, 2, 1) == direct);        // a stride
  CHECK(chosen(64, 56, 1, 1, 1) == direct);        // nothing to gain
  CHECK(chosen(3, 56, 3, 1, 1) == direct);         // no full vectors
  CHECK(chosen(64, 1, 3, 1, 64) == direct);        // tiles mostly empty
  CHECK(chosen(64, 4, 3, 1, 1) == direct);         // hardly any tiles
  cpu::set_winograd(false);
  CHECK(chosen(64, 56, 3, 1, 1) == direct);
  cpu::set_winograd(true);
  CHECK(chosen(64, 56, 3, 1, 1) == winograd_4x4);
}
