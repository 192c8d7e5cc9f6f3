#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "gradient_check.hpp"
#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace osteon;
using nn::Conv2d;
using nn::Linear;
using nn::Named;
using nn::ReLU;
using nn::Sequential;
using test::check_gradients;

TEST_CASE("Sequential: gradients equal central differences") {
  SUBCASE("layers that share a slot") {
    check_gradients<Sequential<Linear<6>, ReLU, nn::Dropout<20>, ReLU, Linear<4>>, Shape<5>>(3);
    check_gradients<Sequential<Linear<6>, nn::Dropout<20>, ReLU>, Shape<5>>(3);
    check_gradients<Sequential<ReLU, ReLU>, Shape<5>>(2);
  }
  SUBCASE("one layer") { check_gradients<Sequential<Linear<3>>, Shape<4>>(2); }
  SUBCASE("nested, with in-place layers at the ends of the parts") {
    using Inner = Sequential<Conv2d<3, 3, 1, 1>, ReLU>;
    check_gradients<Sequential<Inner, ReLU, Inner, Sequential<Inner>, nn::Flatten, Linear<2>>,
                    Shape<2, 4, 3>>(2);
    using Norm = Sequential<Conv2d<3, 3, 1, 1>, nn::BatchNorm2d>;
    check_gradients<Sequential<Norm, ReLU, Sequential<Norm, nn::Dropout<10>>, ReLU>,
                    Shape<2, 4, 3>>(2);
  }
  SUBCASE("growing and shrinking activations") {
    using Net = Sequential<Conv2d<9, 3, 1, 2>, nn::MaxPool2d<2>, Conv2d<3, 1>, nn::AvgPool2d<2>,
                           Conv2d<12, 2>, nn::GlobalAvgPool2d, Linear<7>, ReLU, Linear<1>>;
    check_gradients<Net, Shape<2, 7, 6>>(2);
  }
  SUBCASE("Flatten of one pixel works in place") {
    check_gradients<Sequential<Conv2d<4, 3>, nn::Flatten, Linear<3>>, Shape<2, 3, 3>>(2);
    check_gradients<Sequential<Conv2d<4, 3>, ReLU, nn::Flatten, Linear<3>>, Shape<2, 3, 3>>(2);
  }
}

TEST_CASE("Sequential: parameters are named as torch names them") {
  using Block = Sequential<Conv2d<2, 1>, ReLU, Conv2d<3, 1, 1, 0, nn::no_bias>>;
  using Net = Sequential<Named<"", Block>, Block, Named<"layer1", Sequential<Block, ReLU>>,
                         nn::GlobalAvgPool2d, Named<"fc", Linear<2>>>;
  std::vector<std::string> names;
  for (const auto& layer : Model<Net, Shape<1, 2, 2>>::layers()) {
    for (const auto& parameter : layer.parameters) names.push_back(parameter.name);
  }
  CHECK(names == std::vector<std::string>{"0.weight", "0.bias", "2.weight", "1.0.weight",
                                          "1.0.bias", "1.2.weight", "layer1.0.0.weight",
                                          "layer1.0.0.bias", "layer1.0.2.weight", "fc.weight",
                                          "fc.bias"});
}

TEST_CASE("Sequential: in-place layers need no memory of their own") {
  using Plain = Model<Sequential<Linear<32>, Linear<16>>, Shape<3>>;
  using WithReLU = Model<Sequential<Linear<32>, ReLU, Linear<16>, ReLU>, Shape<3>>;
  static_assert(WithReLU::inference_bytes(4) == Plain::inference_bytes(4));
  static_assert(WithReLU::parameter_count == 32 * 3 + 32 + 16 * 32 + 16);
  static_assert(WithReLU::prunable_count == 32 * 3 + 16 * 32);
}
