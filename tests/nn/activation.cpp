#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "gradient_check.hpp"
#include <doctest/doctest.h>

#include <limits>

using namespace osteon;
using test::check_gradients;

TEST_CASE("ReLU: gradients equal central differences") {
  check_gradients<nn::ReLU, Shape<7>>(3);
  check_gradients<nn::ReLU, Shape<3, 4, 5>>(2);
}

TEST_CASE("ReLU: the kink, and what is not a number") {
  auto net = Model<nn::ReLU, Shape<4>>::create(0);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor<float, Shape<dynamic, 4>, ChannelsLast> x(1, {-1, 0, 2, nan});
  const auto y = net.forward(x, nn::Mode::training);
  CHECK(y(0, 0) == 0);
  CHECK(y(0, 1) == 0);
  CHECK(y(0, 2) == 2);
  CHECK(std::isnan(y(0, 3)));
  const Tensor<float, Shape<dynamic, 4>> dy(1, {1, 1, 1, 1});
  float dx[4];
  net.backward(dy, dx);
  CHECK(dx[0] == 0);
  CHECK(dx[1] == 0);
  CHECK(dx[2] == 1);
}

TEST_CASE("Dropout: gradients equal central differences under one mask") {
  check_gradients<nn::Dropout<50>, Shape<9>>(3);
  check_gradients<nn::Dropout<30>, Shape<2, 3, 3>>(2);
  using Net =
      nn::Sequential<nn::Linear<8>, nn::Dropout<25>, nn::ReLU, nn::Dropout<25>, nn::Linear<3>>;
  check_gradients<Net, Shape<5>>(4);
}

TEST_CASE("Dropout: draws anew each step, and for each layer; does nothing in evaluation") {
  using Net = nn::Sequential<nn::Dropout<50>, nn::Identity>;
  auto net = Model<Net, Shape<1000>>::create(7);
  decltype(net)::InputTensor x(1);
  x = 1;
  const auto run = [&](nn::Mode mode, std::uint64_t step) {
    const auto y = net.forward(x, mode, step);
    return std::vector<float>(y.span().begin(), y.span().end());
  };
  const auto first = run(nn::Mode::training, 0);
  CHECK(run(nn::Mode::training, 0) == first);
  CHECK(run(nn::Mode::training, 1) != first);
  CHECK(run(nn::Mode::evaluation, 0) == std::vector<float>(1000, 1.0F));
  for (const float value : first) CHECK((value == 0 || value == 2));

  // Two layers with the same draw would keep half of the elements, not a quarter.
  using Twice = nn::Sequential<nn::Dropout<50>, nn::Dropout<50>>;
  auto twice = Model<Twice, Shape<1000>>::create(7);
  const auto y = twice.forward(x, nn::Mode::training);
  const auto kept = std::count_if(y.span().begin(), y.span().end(), [](float v) { return v != 0; });
  CHECK(kept > 180);
  CHECK(kept < 320);
}
