#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "gradient_check.hpp"
#include "residual_reference.hpp"
#include "torch_check.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using nn::BatchNorm2d;
using nn::Conv2d;
using nn::no_bias;
using nn::Projection;
using nn::ReLU;
using nn::Residual;
using nn::Sequential;
using test::check_against_torch;
using test::check_gradients;

namespace {

template <Index Channels, Index Stride>
using Branch = Sequential<Conv2d<Channels, 3, Stride, 1, no_bias>, BatchNorm2d, ReLU,
                          Conv2d<Channels, 3, 1, 1, no_bias>, BatchNorm2d>;
template <Index Channels, Index Stride = 1>
using Block =
    Sequential<nn::Named<"", Residual<Branch<Channels, Stride>, Projection<Channels, Stride>>>,
               ReLU>;
using Smooth = Sequential<Conv2d<2, 3, 1, 1>, ReLU>;

}  // namespace

TEST_CASE("Residual: gradients equal central differences") {
  SUBCASE("identity") { check_gradients<Block<3>, Shape<3, 4, 5>>(2); }
  SUBCASE("projection") { check_gradients<Block<4, 2>, Shape<3, 5, 4>>(2); }
  SUBCASE("a branch that ends in ReLU keeps its own output") {
    check_gradients<Residual<Smooth>, Shape<2, 4, 3>>(2);
    check_gradients<Residual<ReLU>, Shape<2, 4, 3>>(2);
    check_gradients<Sequential<Residual<Smooth>, ReLU, Residual<Smooth>>, Shape<2, 4, 3>>(2);
  }
  SUBCASE("a branch that begins with what works in place") {
    check_gradients<Residual<Sequential<nn::Dropout<20>, Conv2d<2, 3, 1, 1>>>, Shape<2, 3, 3>>(2);
    check_gradients<Residual<Sequential<ReLU, Conv2d<2, 3, 1, 1>>>, Shape<2, 3, 3>>(2);
  }
  SUBCASE("residual inside residual") {
    check_gradients<Residual<Sequential<Block<2>, Conv2d<2, 1>>>, Shape<2, 3, 4>>(2);
    check_gradients<Residual<Residual<Smooth>>, Shape<2, 3, 4>>(1);
  }
  SUBCASE("a small network of blocks") {
    using Net = Sequential<Conv2d<4, 3, 1, 1, no_bias>, BatchNorm2d, ReLU, nn::MaxPool2d<3, 2, 1>,
                           Block<4>, Block<6, 2>, Block<6>, nn::GlobalAvgPool2d, nn::Linear<3>>;
    check_gradients<Net, Shape<3, 9, 8>>(2);
  }
}

TEST_CASE("Residual: values and gradients are torch's") {
  namespace expected = test::residual;
  SUBCASE("identity") {
    check_against_torch<Block<2>, Shape<2, 4, 3>>(OSTEON_EXPECTED(expected::identity), 2, 2);
  }
  SUBCASE("projection") {
    check_against_torch<Block<3, 2>, Shape<2, 4, 3>>(OSTEON_EXPECTED(expected::projected), 2, 2);
  }
  SUBCASE("a branch that ends in ReLU") {
    check_against_torch<Residual<Smooth>, Shape<2, 3, 3>>(OSTEON_EXPECTED(expected::ends_in_relu));
  }
}

TEST_CASE("Residual: the shortcut is the identity where the shapes agree") {
  using Same = nn::bind<Residual<Branch<8, 1>, Projection<8, 1>>, Shape<8, 4, 4>>;
  static_assert(Same::is_identity && Same::parameters == 2 * (8 * 8 * 9 + 16));
  using Wider = nn::bind<Residual<Branch<16, 2>, Projection<16, 2>>, Shape<8, 4, 4>>;
  static_assert(!Wider::is_identity && std::is_same_v<Wider::output, Shape<16, 2, 2>>);
  static_assert(Wider::prunable == 16 * 8 * 9 + 16 * 16 * 9 + 16 * 8);
}

TEST_CASE("Residual: names") {
  using Net = Sequential<nn::Named<"layer1", Sequential<Block<4>>>>;
  const auto& layers = Model<Net, Shape<2, 4, 4>>::layers();
  CHECK(layers.front().name == "layer1.0.0");
  CHECK(layers.back().type == "ReLU");
  bool found = false;
  for (const auto& layer : layers) found |= layer.name == "layer1.0.downsample.1";
  CHECK(found);
}
