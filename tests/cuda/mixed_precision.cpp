// 16-bit activations over float parameters, against a network of floats on the Cpu.
#include <osteon/core/float16.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/prune/prune.hpp>

#include "both.hpp"

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace osteon {
namespace {

using test::Device;

/// What the network of 16-bit numbers is compared with: on the Cpu there is none.
#if defined(OSTEON_TEST_REFERENCE)
template <class T>
using Given = float;
#else
template <class T>
using Given = T;
#endif

/// As ResNet-18's stem and first block, with channels for wide loads (64, 8) and without (12).
struct Layers : nn::Sequential<nn::Conv2d<64, 7, 2, 3, nn::no_bias>, nn::BatchNorm2d, nn::ReLU,
                               nn::MaxPool2d<3, 2, 1>, models::BasicBlock<64>,
                               models::BasicBlock<12, 2>, nn::GlobalAvgPool2d, nn::Linear<3>> {};

/// Numbers that 16 bits hold exactly, so that both networks see the same images.
template <class View>
void draw_coarse(const View& view) {
  HostMirror mirror(view);
  for (Index i = 0; i < view.size(); ++i) {
    const int steps = static_cast<int>(test::uniform(41, 0, i) * 8);
    mirror[i] = static_cast<typename View::value_type>(static_cast<float>(steps) / 8.0F);
  }
  mirror.write_back();
}

template <class View>
std::vector<double> wide(const View& view) {
  HostMirror mirror(view);
  std::vector<double> values;
  for (const auto& value : mirror.span()) values.push_back(static_cast<double>(value));
  return values;
}

/// Of each parameter's gradient, its length and its part along one random direction. Single numbers
/// jump where a ReLU or a maximum falls to the other side.
template <class Net>
std::vector<double> lengths_of_gradients(Net& net) {
  HostMirror gradients(net.gradients());
  std::vector<double> result;
  for (const nn::LayerInfo& layer : Net::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      double squares = 0, along = 0;
      for (Index i = parameter.offset; i < parameter.offset + parameter.size; ++i) {
        const double g = gradients[i];
        squares += g * g;
        along += g * (test::uniform(42, 0, i) < 0 ? -1 : 1);
      }
      result.push_back(std::sqrt(squares));
      result.push_back(along);
    }
  }
  return result;
}

template <class T>
void train(test::Record& record) {
  using Net = Model<Layers, Shape<3, 32, 32>, Given<T>, Device>;
  static_assert(std::is_same_v<typename Net::value_type, float>);
  auto net = Net::create(9);
  auto mask = prune::magnitude(net, {.sparsity = 0.5});
  mask.apply(net);
  optim::SGD sgd(net, {.learning_rate = 1e-2, .momentum = 0.9});
  constexpr Index batch = 6;
  typename Net::InputTensor x(batch);
  draw_coarse(x.view());
  typename Net::OutputTensor dy(batch);
  const std::vector<int> labels{0, 1, 2, 2, 1, 0};
  record.add("predict", wide(net.predict(x)));
  // The same memory in every step: from the third on the passes are replayed where they can be.
  for (std::uint64_t step = 0; step < 4; ++step) {
    const auto y = net.forward(x, nn::Mode::training, step);
    record.add("logits", wide(y));
    record.add("loss", {nn::CrossEntropyLoss{}(y, labels, dy.view())});
    net.zero_gradients();
    net.backward(dy);
    if (step == 0) record.add("gradients", lengths_of_gradients(net));
    sgd.step(net, mask);
  }
  record.add("parameters", net.parameters());
  record.add("running statistics", HostMirror(net.buffers()).span());
  auto fast = optimize_for_inference(net, batch);
  for (int i = 0; i < 3; ++i) record.add("optimised", wide(fast.predict(x)));
  CHECK(mask.kept() == prune::kept_count(Net::prunable_count, 0.5));
}

#if !defined(OSTEON_TEST_REFERENCE)
TEST_CASE("cuda: both passes of training are recorded on a GPU") {
  using Net = Model<Layers, Shape<3, 32, 32>, BFloat16, Device>;
  auto net = Net::create(9);
  constexpr Index batch = 6;
  Net::InputTensor x(batch);
  draw_coarse(x.view());
  Net::OutputTensor dy(batch);
  draw_coarse(dy.view());
  const gpu::ReplayCounts before = gpu::replay_counts();
  for (std::uint64_t step = 0; step < 3; ++step) {
    (void)net.forward(x, nn::Mode::training, step);
    net.zero_gradients();
    net.backward(dy);
  }
  const gpu::ReplayCounts after = gpu::replay_counts();
  CAPTURE(after.reason);
  CHECK(after.recorded - before.recorded == (gpu::on_gpu ? 2 : 0));
  CHECK(after.replayed - before.replayed == (gpu::on_gpu ? 4 : 0));
  CHECK(after.failed == before.failed);
}
#endif

ON_BOTH("cuda: a network of BFloat16 trains as one of float", 0.15) { train<BFloat16>(record); }
ON_BOTH("cuda: a network of Float16 trains as one of float", 0.05) { train<Float16>(record); }
ON_BOTH("cuda: a network of float whose passes are replayed", 1e-4) { train<float>(record); }

}  // namespace
}  // namespace osteon
