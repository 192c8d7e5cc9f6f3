#include <osteon/cpu/cpu.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/fuse.hpp>
#include <osteon/nn/nn.hpp>

#include <doctest/doctest.h>

using namespace osteon;
using nn::Fusion;
using nn::Kind;

namespace {

template <class Net, class Input>
constexpr auto fused(Fusion fusion) {
  return nn::fuse(nn::table_of<nn::bind<Net, Input>>(), fusion);
}

template <class Table>
constexpr int count(const Table& table, Kind kind) {
  int n = 0;
  for (int i = 0; i < table.count; ++i) {
    n += table.operations[static_cast<std::size_t>(i)].kind == kind ? 1 : 0;
  }
  return n;
}

using Image = Shape<3, 32, 32>;
using ResNet = models::ResNet18<2>;

}  // namespace

TEST_CASE("fuse: ResNet-18 is 20 convolutions and as many operations behind them") {
  constexpr auto training = fused<ResNet, Image>(Fusion::training);
  static_assert(count(training, Kind::conv2d) == 20);
  static_assert(count(training, Kind::batch_norm2d) == 20);
  static_assert(count(training, Kind::relu) == 0 && count(training, Kind::add) == 0);
  static_assert(count(training, Kind::max_pool2d) == 0);
  constexpr auto inference = fused<ResNet, Image>(Fusion::inference);
  static_assert(inference.count == 20 + 3);  // max pooling, average pooling, linear
  static_assert(count(inference, Kind::batch_norm2d) == 0);
  CHECK(inference.operations[0].relu);
  CHECK(inference.operations[0].norm_parameters_at == 3 * 64 * 49);
}

TEST_CASE("fuse: an addition goes to the operand that is computed last") {
  using Block = nn::Residual<nn::Sequential<nn::Conv2d<4, 3, 1, 1>, nn::BatchNorm2d>,
                             nn::Sequential<nn::Conv2d<4, 1>, nn::BatchNorm2d>>;
  constexpr auto table = fused<nn::Sequential<Block, nn::ReLU>, Shape<3, 8, 8>>(Fusion::inference);
  static_assert(table.count == 2);
  static_assert(!table.operations[0].relu && table.operations[0].addend == nn::no_value);
  static_assert(table.operations[1].relu);
  static_assert(table.operations[1].addend == table.operations[0].output);
  CHECK(table.operations[1].geometry.kernel == 1);  // the shortcut's
}

TEST_CASE("fuse: what somebody else reads stays as it is") {
  // The convolution's output is also the shortcut.
  using Net = nn::Sequential<nn::Conv2d<4, 3, 1, 1>, nn::Residual<nn::BatchNorm2d>>;
  constexpr auto table = fused<Net, Shape<3, 8, 8>>(Fusion::inference);
  static_assert(count(table, Kind::conv2d) == 1 && count(table, Kind::batch_norm2d) == 1);
  static_assert(table.operations[0].norm_parameters_at < 0);
  CHECK(table.operations[1].addend == table.operations[0].output);

  // x + x has no operand that is computed last.
  constexpr auto twice = fused<nn::Residual<nn::Identity>, Shape<3, 8, 8>>(Fusion::inference);
  CHECK(count(twice, Kind::add) == 1);
}

TEST_CASE("fuse: in training only what batch normalisation and addition can do on their way") {
  using Net =
      nn::Sequential<nn::Conv2d<4, 3, 1, 1>, nn::ReLU, nn::Residual<nn::Conv2d<4, 1>>, nn::ReLU>;
  constexpr auto table = fused<Net, Shape<3, 8, 8>>(Fusion::training);
  static_assert(count(table, Kind::relu) == 1);  // behind the convolution
  static_assert(count(table, Kind::add) == 1);
  CHECK(table.operations[static_cast<std::size_t>(table.count - 1)].relu);
}
