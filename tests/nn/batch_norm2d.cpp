#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "batch_norm2d_reference.hpp"
#include "gradient_check.hpp"
#include "torch_check.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using nn::BatchNorm2d;
using test::check_against_torch;
using test::check_gradients;

TEST_CASE("BatchNorm2d: gradients equal central differences") {
  check_gradients<BatchNorm2d, Shape<3, 4, 5>>(2);
  check_gradients<BatchNorm2d, Shape<17, 3, 3>>(1);
  check_gradients<BatchNorm2d, Shape<5, 1, 1>>(4);
  using AfterConv = nn::Sequential<nn::Conv2d<4, 3, 1, 1>, BatchNorm2d, nn::ReLU, BatchNorm2d>;
  check_gradients<AfterConv, Shape<2, 5, 4>>(4);
}

TEST_CASE("BatchNorm2d: values, gradients and running statistics are torch's") {
  namespace expected = test::batch_norm2d;
  SUBCASE("two steps, then evaluation") {
    check_against_torch<BatchNorm2d, Shape<3, 2, 4>>(OSTEON_EXPECTED(expected::two_steps), 2, 2);
  }
  SUBCASE("images of one pixel") {
    check_against_torch<BatchNorm2d, Shape<2, 1, 1>>(OSTEON_EXPECTED(expected::one_pixel), 5, 2);
  }
  SUBCASE("after a convolution") {
    using Net = nn::Sequential<nn::Conv2d<3, 3, 1, 1>, BatchNorm2d, nn::ReLU>;
    check_against_torch<Net, Shape<2, 4, 3>>(OSTEON_EXPECTED(expected::after_conv), 2, 2);
  }
}

TEST_CASE("BatchNorm2d: only training moves the running statistics") {
  auto net = Model<BatchNorm2d, Shape<2, 3, 3>>::create(0);
  decltype(net)::InputTensor x(4);
  test::fill_uniform(x.view(), 1, 0, 2, 5);
  const std::vector<float> before(net.buffers().begin(), net.buffers().end());
  CHECK(before == std::vector<float>{0, 0, 1, 1});
  static_cast<void>(net.predict(x));
  static_cast<void>(net.forward(x, nn::Mode::evaluation));
  CHECK(std::equal(before.begin(), before.end(), net.buffers().begin()));
  CHECK(net.batches_tracked() == 0);
  static_cast<void>(net.forward(x, nn::Mode::training));
  CHECK(net.buffers()[0] == doctest::Approx(0.5).epsilon(0.1));
  CHECK(net.batches_tracked() == 1);
}
