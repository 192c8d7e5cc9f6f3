#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "gradient_check.hpp"
#include "linear_reference.hpp"
#include "torch_check.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using nn::Linear;
using test::check_against_torch;
using test::check_gradients;

TEST_CASE("Linear: gradients equal central differences") {
  check_gradients<Linear<1>, Shape<1>>(1);
  check_gradients<Linear<3>, Shape<5>>(4);
  check_gradients<Linear<20, nn::no_bias>, Shape<33>>(2);
  check_gradients<Linear<16>, Shape<16>>(13);
}

TEST_CASE("Linear: values and gradients are torch's") {
  namespace expected = test::linear;
  SUBCASE("bias") { check_against_torch<Linear<3>, Shape<5>>(OSTEON_EXPECTED(expected::bias), 4); }
  SUBCASE("no bias") {
    check_against_torch<Linear<2, nn::no_bias>, Shape<19>>(OSTEON_EXPECTED(expected::no_bias), 3);
  }
  SUBCASE("two layers") {
    using Net = nn::Sequential<Linear<5>, nn::ReLU, Linear<3>>;
    check_against_torch<Net, Shape<6>>(OSTEON_EXPECTED(expected::mlp), 3);
  }
}

TEST_CASE("Linear: counts") {
  using Bound = nn::bind<Linear<3>, Shape<5>>;
  static_assert(Bound::parameters == 18 && Bound::prunable == 15 && Bound::macs == 15);
  static_assert(std::is_same_v<Bound::output, Shape<3>>);
}
