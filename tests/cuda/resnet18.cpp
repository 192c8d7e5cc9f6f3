// A whole ResNet-18, at 32 pixels.
#include <osteon/models/resnet.hpp>
#include <osteon/nn/loss.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/adam.hpp>

#include "both.hpp"

#include <vector>

namespace osteon {
namespace {

using test::Device;
using test::draw;

/// Steps of training on one batch: losses, outputs, gradients, and the weights at the end.
template <class T>
void train(test::Record& record, int steps) {
  using Net = Model<models::ResNet18<2>, Shape<3, 32, 32>, T, Device>;
  auto net = Net::create(42);
  optim::Adam adam(net, {.learning_rate = 1e-4});
  constexpr Index batch = 4;
  typename Net::InputTensor x(batch);
  draw(x.view(), 1);
  const std::vector<int> labels{0, 1, 1, 0};
  typename Net::OutputTensor dy(batch);
  for (int step = 0; step < steps; ++step) {
    const auto y = net.forward(x, nn::Mode::training, static_cast<std::uint64_t>(step));
    record.add("logits", y);
    record.add("loss", {nn::CrossEntropyLoss{}(y, labels, dy.view())});
    net.zero_gradients();
    net.backward(dy);
    record.add("gradients", net.gradients());
    adam.step(net);
  }
  record.add("weights", net.parameters());
  record.add("running statistics", HostMirror(net.buffers()).span());
  record.add("predict", net.predict(x));
}

ON_BOTH("cuda: ResNet-18 trains in double", 1e-9, doctest::test_suite("slow")) {
  train<double>(record, 2);
}
ON_BOTH("cuda: ResNet-18 trains in float", 1e-3, doctest::test_suite("slow")) {
  train<float>(record, 1);
}

}  // namespace
}  // namespace osteon
