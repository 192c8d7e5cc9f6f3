#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "gradient_check.hpp"
#include "pool2d_reference.hpp"
#include "torch_check.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using nn::AvgPool2d;
using nn::Flatten;
using nn::GlobalAvgPool2d;
using nn::MaxPool2d;
using test::check_against_torch;
using test::check_gradients;
namespace expected = osteon::test::pool2d;

TEST_CASE("Pooling: gradients equal central differences") {
  check_gradients<MaxPool2d<2>, Shape<3, 5, 4>>(2);
  check_gradients<MaxPool2d<3, 2, 1>, Shape<9, 5, 6>>(2);
  check_gradients<MaxPool2d<3, 1, 1>, Shape<1, 3, 4>>(1);
  check_gradients<MaxPool2d<2, 3>, Shape<2, 7, 8>>(1);
  check_gradients<AvgPool2d<2>, Shape<3, 5, 4>>(2);
  check_gradients<AvgPool2d<3, 2, 1>, Shape<9, 5, 6>>(2);
  check_gradients<AvgPool2d<3, 1, 1>, Shape<1, 1, 2>>(1);
  check_gradients<GlobalAvgPool2d, Shape<5, 3, 4>>(2);
  check_gradients<GlobalAvgPool2d, Shape<5, 1, 1>>(3);
  check_gradients<Flatten, Shape<3, 2, 4>>(2);
  check_gradients<Flatten, Shape<6>>(2);
}

TEST_CASE("Pooling and Flatten: values and gradients are torch's") {
  SUBCASE("max, overlapping") {
    check_against_torch<MaxPool2d<3, 2, 1>, Shape<2, 5, 6>>(OSTEON_EXPECTED(expected::max3));
  }
  SUBCASE("max") {
    check_against_torch<MaxPool2d<2>, Shape<3, 5, 4>>(OSTEON_EXPECTED(expected::max2));
  }
  SUBCASE("mean, overlapping") {
    check_against_torch<AvgPool2d<3, 2, 1>, Shape<2, 5, 6>>(OSTEON_EXPECTED(expected::avg3));
  }
  SUBCASE("mean") {
    check_against_torch<AvgPool2d<2>, Shape<3, 5, 4>>(OSTEON_EXPECTED(expected::avg2));
  }
  SUBCASE("mean of all pixels") {
    check_against_torch<GlobalAvgPool2d, Shape<3, 4, 5>>(OSTEON_EXPECTED(expected::global_avg));
  }
  SUBCASE("flatten") {
    check_against_torch<nn::Sequential<Flatten, nn::Linear<2>>, Shape<3, 2, 2>>(
        OSTEON_EXPECTED(expected::flatten));
  }
}

TEST_CASE("MaxPool2d: of equal values the first one gets the gradient") {
  auto net = Model<MaxPool2d<2>, Shape<1, 2, 2>>::create(0);
  decltype(net)::InputTensor x(1);
  x = -3;
  CHECK(net.forward(x, nn::Mode::training)(0, 0, 0, 0) == -3);
  const decltype(net)::OutputTensor dy(1, {5});
  std::vector<float> dx(4);
  net.backward(dy, dx.data());
  CHECK(dx == std::vector<float>{5, 0, 0, 0});
}

TEST_CASE("MaxPool2d: padding never wins") {
  auto net = Model<MaxPool2d<3, 2, 1>, Shape<1, 3, 3>>::create(0);
  decltype(net)::InputTensor x(1);
  x = -1;
  for (const float value : net.predict(x).span()) CHECK(value == -1);
}
