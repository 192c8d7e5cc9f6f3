#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "conv2d_reference.hpp"
#include "gradient_check.hpp"
#include "torch_check.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using nn::Conv2d;
using test::check_against_torch;
using test::check_gradients;

// A tile is 2 vectors wide: 16 doubles with AVX-512, 8 with AVX, 4 otherwise.
TEST_CASE("Conv2d: gradients equal central differences") {
  SUBCASE("few channels: patches are gathered") {
    check_gradients<Conv2d<5, 3, 1, 1>, Shape<3, 7, 6>>(2);
    check_gradients<Conv2d<3, 3, 2, 1>, Shape<1, 7, 8>>(3);
    check_gradients<Conv2d<9, 7, 2, 3, nn::no_bias>, Shape<3, 11, 9>>(1);
  }
  SUBCASE("kernel 1") {
    check_gradients<Conv2d<17, 1>, Shape<3, 4, 5>>(2);
    check_gradients<Conv2d<8, 1, 2, 0, nn::no_bias>, Shape<9, 5, 5>>(2);
    check_gradients<Conv2d<4, 1, 1, 1>, Shape<8, 2, 3>>(1);
  }
  SUBCASE("many channels: a sweep over the taps") {
    check_gradients<Conv2d<8, 3, 1, 1>, Shape<16, 4, 5>>(1);
    check_gradients<Conv2d<20, 3, 2, 1, nn::no_bias>, Shape<17, 5, 4>>(2);
    check_gradients<Conv2d<3, 3>, Shape<33, 4, 4>>(1);
    check_gradients<Conv2d<2, 7, 1, 3>, Shape<9, 3, 4>>(1);
  }
  SUBCASE("a stride larger than the kernel: some inputs are never read") {
    check_gradients<Conv2d<3, 2, 3>, Shape<8, 7, 8>>(2);
  }
  SUBCASE("an image of one pixel") {
    check_gradients<Conv2d<6, 3, 2, 1>, Shape<8, 1, 1>>(2);
    check_gradients<Conv2d<6, 7, 2, 3>, Shape<3, 1, 1>>(1);
  }
}

TEST_CASE("Conv2d: values and gradients are torch's") {
  namespace expected = test::conv2d;
  SUBCASE("stride 1") {
    check_against_torch<Conv2d<3, 3, 1, 1>, Shape<2, 4, 5>>(OSTEON_EXPECTED(expected::stride1));
  }
  SUBCASE("stride 2") {
    check_against_torch<Conv2d<2, 3, 2, 1, nn::no_bias>, Shape<3, 5, 6>>(
        OSTEON_EXPECTED(expected::stride2));
  }
  SUBCASE("kernel 7, padding 3") {
    check_against_torch<Conv2d<2, 7, 2, 3>, Shape<1, 9, 8>>(OSTEON_EXPECTED(expected::stem), 1);
  }
  SUBCASE("kernel 1") {
    check_against_torch<Conv2d<2, 1, 2>, Shape<16, 3, 3>>(OSTEON_EXPECTED(expected::pointwise));
  }
  SUBCASE("kernel 2") {
    check_against_torch<Conv2d<2, 2>, Shape<17, 3, 2>>(OSTEON_EXPECTED(expected::wide));
  }
}

TEST_CASE("Conv2d: shapes and counts") {
  using Stem = nn::bind<Conv2d<64, 7, 2, 3, nn::no_bias>, Shape<3, 224, 224>>;
  static_assert(std::is_same_v<Stem::output, Shape<64, 112, 112>>);
  static_assert(Stem::parameters == 64 * 3 * 49 && Stem::prunable == Stem::parameters);
  static_assert(Stem::macs == Index{64} * 3 * 49 * 112 * 112);
  using Biased = nn::bind<Conv2d<5, 2, 3>, Shape<4, 8, 7>>;
  static_assert(std::is_same_v<Biased::output, Shape<5, 3, 2>>);
  static_assert(Biased::parameters == 5 * 4 * 4 + 5 && Biased::prunable == 5 * 4 * 4);

  const auto& layer = Model<Conv2d<5, 2, 3>, Shape<4, 8, 7>>::layers().front();
  CHECK(layer.type == "Conv2d(4, 5, kernel 2, stride 3)");
  CHECK(layer.parameters.front().extents == std::vector<Index>{5, 4, 2, 2});
  CHECK(layer.parameters.front().fan_in() == 16);
  CHECK(layer.parameters.front().fan_out() == 20);
}
