// Optimizers are expressions: what is tested is that they are the same ones on the device.
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>

#include "both.hpp"

namespace osteon {
namespace {

using test::Device;
using test::draw;

using Net = Model<nn::Linear<8, nn::no_bias>, Shape<16>, double, Device>;

/// Keeps every third weight.
struct EveryThird {
  Tensor<std::uint8_t, Shape<Net::parameter_count>, Contiguous, Device> bytes;
  EveryThird() {
    HostMirror mirror(bytes.view());
    for (Index i = 0; i < Net::parameter_count; i += 3) mirror[i] = 1;
    mirror.write_back();
  }
  [[nodiscard]] auto view() const { return bytes.view(); }
};

/// Some steps, without and with a mask; weights and the optimizer's state at the end.
template <template <class> class Optimizer, class Options>
void step(test::Record& record, const Options& options) {
  const EveryThird mask;
  for (const bool masked : {false, true}) {
    auto net = Net::create(1);
    Optimizer<Net> optimizer(net, options);
    for (std::uint64_t t = 0; t < 12; ++t) {
      draw(net.gradients(), t);
      if (masked) {
        optimizer.step(net, mask);
      } else {
        optimizer.step(net);
      }
    }
    record.add(masked ? "masked weights" : "weights", net.parameters());
    for (auto* state : optimizer.states()) record.add("state", state->view());
  }
}

ON_BOTH("cuda: SGD", 1e-14) {
  step<optim::SGD>(record, optim::SGDOptions{.learning_rate = 0.1});
  step<optim::SGD>(record,
                   optim::SGDOptions{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 1e-2});
  step<optim::SGD>(record,
                   optim::SGDOptions{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
}
ON_BOTH("cuda: Adam", 1e-14) {
  step<optim::Adam>(record, optim::AdamOptions{.learning_rate = 0.01, .weight_decay = 0.1});
}
ON_BOTH("cuda: AdamW", 1e-14) { step<optim::AdamW>(record, optim::AdamWOptions{}); }

}  // namespace
}  // namespace osteon
