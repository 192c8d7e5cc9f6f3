#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/grad_scaler.hpp>
#include <osteon/optim/sgd.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace osteon {
namespace {

using Net = Model<nn::Sequential<nn::Linear<3>>, Shape<4>, double>;

struct Problem {
  Net net = Net::create(1);
  Net::InputTensor x{2};
  std::vector<int> labels{0, 2};

  Problem() { x = 0.5; }
  void backward(double scale) {
    Net::OutputTensor dy(2);
    const auto y = net.forward(x, nn::Mode::training);
    nn::CrossEntropyLoss{.gradient_scale = scale}(y, labels, dy.view());
    net.zero_gradients();
    net.backward(dy);
  }
};

TEST_CASE("GradScaler: powers of two change nothing") {
  Problem plain, scaled;
  optim::SGD sgd(plain.net, {.learning_rate = 0.1}), scaled_sgd(scaled.net, {.learning_rate = 0.1});
  optim::GradScaler scaler({.initial_scale = 1024, .growth_interval = 2});
  for (int i = 0; i < 5; ++i) {
    plain.backward(1);
    sgd.step(plain.net);
    scaled.backward(scaler.scale());
    CHECK(scaler.step(scaled.net, scaled_sgd));
  }
  CHECK(scaler.scale() == 4096);  // grew twice
  CHECK(sum(abs(plain.net.parameters() - scaled.net.parameters())) == 0);
}

TEST_CASE("GradScaler: a step with an overflow is left out") {
  for (const double bad :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    Problem problem;
    optim::SGD sgd(problem.net, {.learning_rate = 0.1});
    optim::GradScaler scaler({.initial_scale = 8, .backoff_factor = 0.25, .growth_interval = 2});
    problem.backward(scaler.scale());
    CHECK(scaler.step(problem.net, sgd));
    const Net before = problem.net;
    problem.backward(scaler.scale());
    problem.net.gradients().span()[3] = bad;
    CHECK_FALSE(scaler.step(problem.net, sgd));
    CHECK(scaler.scale() == 2);
    CHECK(sgd.steps() == 1);
    CHECK(sum(abs(before.parameters() - problem.net.parameters())) == 0);
    // The good steps in a row begin anew.
    for (const double expected : {2.0, 4.0}) {
      problem.backward(scaler.scale());
      CHECK(scaler.step(problem.net, sgd));
      CHECK(scaler.scale() == expected);
    }
  }
}

TEST_CASE("GradScaler: options that make no sense are refused") {
  CHECK_THROWS_AS(optim::GradScaler({.growth_factor = 1}), Error);
  CHECK_THROWS_AS(optim::GradScaler({.backoff_factor = 1.5}), Error);
}

}  // namespace
}  // namespace osteon
