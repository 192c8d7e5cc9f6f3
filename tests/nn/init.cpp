#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace osteon;
using nn::Initialization;

namespace {

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};

Moments moments(std::span<const float> values) {
  Moments m;
  for (const float v : values) {
    m.mean += static_cast<double>(v) / static_cast<double>(values.size());
    m.largest = std::max(m.largest, static_cast<double>(std::abs(v)));
  }
  for (const float v : values) {
    m.deviation += (v - m.mean) * (v - m.mean) / static_cast<double>(values.size());
  }
  m.deviation = std::sqrt(m.deviation);
  return m;
}

/// A convolution with fan_in 16 * 9 and fan_out 64 * 9, a linear layer with 1024 and 32.
template <Initialization How>
struct Net : nn::Sequential<nn::Conv2d<64, 3, 2, 1>, nn::BatchNorm2d, nn::ReLU, nn::Flatten,
                            nn::Linear<32>> {
  static constexpr auto initialization = How;
};

template <Initialization How>
std::array<Moments, 2> weights() {
  using Model = osteon::Model<Net<How>, Shape<16, 8, 8>>;
  auto model = Model::create(5);
  return {moments(model.values(Model::layers()[0].parameters[0])),
          moments(model.values(Model::layers()[4].parameters[0]))};
}

void check_uniform(const Moments& m, double bound) {
  CHECK(m.largest < bound * (1 + 1e-6));
  CHECK(m.largest > 0.99 * bound);
  CHECK(m.deviation == doctest::Approx(bound / std::sqrt(3.0)).epsilon(0.03));
  CHECK(std::abs(m.mean) < 0.05 * bound);
}

void check_normal(const Moments& m, double deviation) {
  CHECK(m.largest > 3 * deviation);
  CHECK(m.deviation == doctest::Approx(deviation).epsilon(0.03));
  CHECK(std::abs(m.mean) < 0.05 * deviation);
}

}  // namespace

TEST_CASE("Initial weights have the scale that PyTorch's init functions give") {
  const double conv_in = 16 * 9, conv_out = 64 * 9, linear_in = 1024, linear_out = 32;
  const auto standard = weights<Initialization::pytorch_default>();
  check_uniform(standard[0], 1 / std::sqrt(conv_in));
  check_uniform(standard[1], 1 / std::sqrt(linear_in));
  const auto kaiming_uniform = weights<Initialization::kaiming_uniform>();
  check_uniform(kaiming_uniform[0], std::sqrt(6 / conv_in));
  check_uniform(kaiming_uniform[1], std::sqrt(6 / linear_in));
  const auto kaiming_normal = weights<Initialization::kaiming_normal>();
  check_normal(kaiming_normal[0], std::sqrt(2 / conv_in));
  check_normal(kaiming_normal[1], std::sqrt(2 / linear_in));
  const auto fan_out = weights<Initialization::kaiming_normal_fan_out>();
  check_normal(fan_out[0], std::sqrt(2 / conv_out));
  check_uniform(fan_out[1], 1 / std::sqrt(linear_in));
  const auto xavier_uniform = weights<Initialization::xavier_uniform>();
  check_uniform(xavier_uniform[0], std::sqrt(6 / (conv_in + conv_out)));
  check_uniform(xavier_uniform[1], std::sqrt(6 / (linear_in + linear_out)));
  const auto xavier_normal = weights<Initialization::xavier_normal>();
  check_normal(xavier_normal[0], std::sqrt(2 / (conv_in + conv_out)));
  check_normal(xavier_normal[1], std::sqrt(2 / (linear_in + linear_out)));
}

TEST_CASE("Biases follow their weight's fan_in; BatchNorm starts as the identity") {
  using Model = osteon::Model<Net<Initialization::kaiming_normal>, Shape<16, 8, 8>>;
  auto model = Model::create(5);
  const auto bias = moments(model.values(Model::layers()[0].parameters[1]));
  CHECK(bias.largest < 1 / std::sqrt(16.0 * 9));
  CHECK(bias.largest > 0.8 / std::sqrt(16.0 * 9));
  const auto& norm = Model::layers()[1];
  for (const float v : model.values(norm.parameters[0])) CHECK(v == 1);
  for (const float v : model.values(norm.parameters[1])) CHECK(v == 0);
  for (const float v : nn::part(model.buffers(), norm.buffers[0])) CHECK(v == 0);
  for (const float v : nn::part(model.buffers(), norm.buffers[1])) CHECK(v == 1);
}

TEST_CASE("Initial weights are a function of the seed, the same in float and double") {
  using Layers = Net<Initialization::kaiming_normal>;
  using Float = osteon::Model<Layers, Shape<16, 8, 8>>;
  const auto a = Float::create(5), b = Float::create(5), c = Float::create(6);
  const auto d = Float::with_scalar<double>::create(5);
  const auto equal = [](auto x, auto y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end());
  };
  CHECK(equal(a.parameters().span(), b.parameters().span()));
  CHECK(!equal(a.parameters().span(), c.parameters().span()));
  bool same = true;
  for (std::size_t i = 0; i < a.parameters().span().size(); ++i) {
    same &= a.parameters().span()[i] == static_cast<float>(d.parameters().span()[i]);
  }
  CHECK(same);
}
