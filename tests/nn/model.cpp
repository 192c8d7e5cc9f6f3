#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace osteon;

namespace {

struct Layers
    : nn::Sequential<nn::Named<"conv", nn::Conv2d<6, 3, 1, 1>>, nn::BatchNorm2d, nn::ReLU,
                     nn::MaxPool2d<2>, nn::GlobalAvgPool2d, nn::Named<"fc", nn::Linear<3>>> {};
using Net = Model<Layers, Shape<2, 6, 8>>;

Net::InputTensor input(Index batch) {
  Net::InputTensor x(batch);
  test::fill_uniform(x.view(), 1, 0);
  return x;
}

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace

TEST_CASE("Model: counts are constants") {
  static_assert(Net::parameter_count == 6 * 2 * 9 + 6 + 12 + 6 * 3 + 3);
  static_assert(Net::prunable_count == 6 * 2 * 9 + 6 * 3);
  static_assert(Net::buffer_count == 12);
  static_assert(Net::macs == 6 * 2 * 9 * 6 * 8 + 6 * 3);
  // BatchNorm's statistics; the convolution's output, which BatchNorm and ReLU write over, beside
  // the pooled one; each a multiple of 16.
  static_assert(Net::inference_bytes() == 4 * (16 + 6 * 6 * 8 + 80));
  static_assert(Net::training_bytes(5) > Net::inference_bytes(5));
  static_assert(std::is_same_v<Net::output_shape, Shape<3>>);
  CHECK(Net::layers().size() == 6);
}

TEST_CASE("Model: a prediction does not depend on the batch around it") {
  auto net = Net::create(3);
  const auto x = input(5);
  const auto all = copy(net.predict(x).span());
  for (Index n = 0; n < 5; ++n) {
    const Net::InputView one(x.data() + n * Net::input_shape::size, 1);
    const auto y = net.predict(one);
    for (Index k = 0; k < 3; ++k) CHECK(y(0, k) == all[static_cast<std::size_t>(3 * n + k)]);
  }
}

TEST_CASE("Model: results do not depend on the number of threads") {
  const int threads = cpu::num_threads();
  const auto x = input(9);
  Net::OutputTensor dy(9);
  test::fill_uniform(dy.view(), 2, 0);
  std::vector<std::vector<float>> results;
  for (const int n : {1, 2, 3, 7}) {
    cpu::set_num_threads(n);
    auto net = Net::create(3);
    auto y = copy(net.forward(x, nn::Mode::training).span());
    net.backward(dy);
    for (const float g : net.gradients().span()) y.push_back(g);
    for (const float b : net.buffers()) y.push_back(b);
    results.push_back(y);
  }
  cpu::set_num_threads(threads);
  for (const auto& result : results) CHECK(result == results.front());
}

TEST_CASE("Model: gradients add up until they are zeroed") {
  auto net = Net::create(3);
  const auto x = input(2);
  Net::OutputTensor dy(2);
  dy = 1;
  static_cast<void>(net.forward(x, nn::Mode::evaluation));
  net.backward(dy);
  const auto once = copy(net.gradients().span());
  static_cast<void>(net.forward(x, nn::Mode::evaluation));
  net.backward(dy);
  for (std::size_t i = 0; i < once.size(); ++i) {
    CHECK(net.gradients().span()[i] == doctest::Approx(2 * once[i]));
  }
  net.zero_gradients();
  CHECK(std::ranges::all_of(net.gradients().span(), [](float g) { return g == 0; }));
}

TEST_CASE("Model: a copy is independent, a moved model goes on") {
  auto net = Net::create(3);
  const auto x = input(2);
  const auto y = copy(net.predict(x).span());
  auto twin = net;
  twin.parameters() = 0;
  static_cast<void>(twin.predict(x));
  CHECK(copy(net.predict(x).span()) == y);
  auto moved = std::move(net);
  CHECK(copy(moved.predict(x).span()) == y);
}

TEST_CASE("Model: backward without its forward is an error") {
  auto net = Net::create(3);
  const auto x = input(2);
  const Net::OutputTensor two(2), three(3);
  CHECK_THROWS_WITH_AS(net.backward(two),
                       "backward() needs a forward() of the same batch before it (batch 2 against "
                       "0)",
                       Error);
  static_cast<void>(net.forward(x, nn::Mode::training));
  CHECK_THROWS_AS(net.backward(three), Error);
  CHECK_NOTHROW(net.backward(two));
  CHECK_THROWS_AS(net.backward(two), Error);
  // predict() writes over what forward() kept.
  static_cast<void>(net.forward(x, nn::Mode::training));
  static_cast<void>(net.predict(x));
  CHECK_THROWS_AS(net.backward(two), Error);
}

TEST_CASE("Model: an empty batch is an error") {
  auto net = Net::create(3);
  const Net::InputTensor none(0);
  CHECK_THROWS_WITH_AS(net.predict(none), "the network was given an empty batch", Error);
}

TEST_CASE("Model: an image as output is channels_last, as it lies in memory") {
  using Image = Model<nn::Conv2d<2, 1>, Shape<1, 1, 2>>;
  auto net = Image::create(0);
  net.parameters() = 0;
  net.parameters()(2) = 1;  // the biases: channel 0 is all 1, channel 1 all 2
  net.parameters()(3) = 2;
  const Image::InputTensor x(1);
  const auto y = net.predict(x);
  CHECK(y(0, 0, 0, 1) == 1);
  CHECK(y(0, 1, 0, 0) == 2);
}

TEST_CASE("two layers with one name are refused") {
  using osteon::nn::Linear;
  using osteon::nn::Named;
  using Twice = osteon::nn::Sequential<Named<"fc", Linear<3>>, Named<"fc", Linear<2>>>;
  using Net = osteon::Model<Twice, osteon::Shape<4>>;
  CHECK_THROWS_WITH_AS(static_cast<void>(Net::layers()),
                       doctest::Contains("two layers are named \"fc\""), osteon::Error);
}

TEST_CASE(
    "Model: an observer sees every operation's output and its gradient, and changes nothing") {
  auto net = Net::create(3);
  const auto x = input(2);
  const auto expected = copy(net.predict(x).span());
  std::vector<int> order;
  std::vector<float> last;
  const auto observe = [&](int operation, std::span<const float> values) {
    order.push_back(operation);
    const nn::Operation& o = net.program().operations[operation];
    CHECK(static_cast<Index>(values.size()) == 2 * o.output_size());
    last = copy(values);
  };
  const int count = net.program().count;
  CHECK(copy(net.predict(x, observe).span()) == expected);
  CHECK(static_cast<int>(order.size()) == count);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(last == expected);

  // Before the linear layer the mean of each channel: the gradient of sum(y) by it is the sum of
  // its column.
  (void)net.forward(x, nn::Mode::evaluation);
  Net::OutputTensor dy(2);
  dy = 1;
  std::vector<float> of_means;
  order.clear();
  net.backward(dy, nullptr, [&](int operation, std::span<const float> values) {
    order.push_back(operation);
    if (operation == count - 1) CHECK(copy(values) == copy(dy.span()));
    if (operation == count - 2) of_means = copy(values);
  });
  CHECK(static_cast<int>(order.size()) == count);
  CHECK(std::is_sorted(order.rbegin(), order.rend()));
  const auto weight = net.values(Net::layers().back().parameters[0]);
  REQUIRE(of_means.size() == 12);
  for (std::size_t c = 0; c < 6; ++c)
    CHECK(of_means[6 + c] == doctest::Approx(weight[c] + weight[6 + c] + weight[12 + c]));
}
