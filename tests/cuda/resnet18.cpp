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

template <class T>
using Net = Model<models::ResNet18<2>, Shape<3, 32, 32>, T, Device>;

// In double: batch normalisation over four pixels, as the last stage has here, multiplies float's
// rounding by a thousand.
ON_BOTH("cuda: ResNet-18 trains", 1e-9, doctest::test_suite("slow")) {
  auto net = Net<double>::create(42);
  optim::Adam adam(net, {.learning_rate = 1e-4});
  constexpr Index batch = 4;
  Net<double>::InputTensor x(batch);
  draw(x.view(), 1);
  const std::vector<int> labels{0, 1, 1, 0};
  Net<double>::OutputTensor dy(batch);
  for (std::uint64_t step = 0; step < 2; ++step) {
    const auto y = net.forward(x, nn::Mode::training, step);
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

ON_BOTH("cuda: ResNet-18 in float", 1e-3, doctest::test_suite("slow")) {
  auto net = Net<float>::create(42);
  constexpr Index batch = 2;
  Net<float>::InputTensor x(batch), dx(batch);
  draw(x.view(), 1);
  Net<float>::OutputTensor dy(batch);
  dy = 1;
  record.add("logits", net.forward(x, nn::Mode::evaluation));
  net.backward(dy, dx.data());
  record.add("gradients", net.gradients());
  record.add("dx", dx.view());
}

}  // namespace
}  // namespace osteon
