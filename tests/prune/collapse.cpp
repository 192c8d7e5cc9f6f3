// No layer collapse: SynFlow leaves a connected network at a compression of 1000; magnitude does
// not.
#include <osteon/prune/synflow.hpp>

#include "networks.hpp"

using namespace osteon;
using namespace osteon::test;

namespace {

using Net = ResNet18<float, 64>;

/// What all paths cross, as groups of layers. A convolution beside an identity shortcut is none.
const std::vector<std::vector<std::string>> cuts{
    {"conv1"},
    {"layer2.0.conv1", "layer2.0.downsample.0"},
    {"layer2.0.conv2", "layer2.0.downsample.0"},
    {"layer3.0.conv1", "layer3.0.downsample.0"},
    {"layer3.0.conv2", "layer3.0.downsample.0"},
    {"layer4.0.conv1", "layer4.0.downsample.0"},
    {"layer4.0.conv2", "layer4.0.downsample.0"},
    {"fc"},
};

Index empty_cuts(const Net& net) {
  const prune::Report report = prune::report(net);
  Index empty = 0;
  for (const auto& cut : cuts) {
    Index nonzero = 0;
    for (const prune::LayerDensity& layer : report.layers) {
      if (std::ranges::find(cut, layer.name) != cut.end()) nonzero += layer.nonzero;
    }
    empty += nonzero == 0 ? 1 : 0;
  }
  return empty;
}

double flow_of(const Net& net) {
  auto linear = prune::linearize<double>(net, prune::Linearization::pure_scale);
  return flow(linear);
}

/// The gradient of the first convolution for one real training batch.
std::vector<float> first_gradient(Net& net) {
  Net::InputTensor x(4);
  Random random(5);
  for (float& value : x.span()) value = random.normal();
  const std::vector<int> labels{0, 1, 1, 0};
  Net::OutputTensor dlogits(4);
  net.zero_gradients();
  const auto logits = net.forward(x, nn::Mode::training);
  (void)nn::CrossEntropyLoss{}(logits, std::span<const int>(labels), dlogits.view());
  net.backward(dlogits);
  const auto gradient = net.gradients(parameter<Net>("conv1.weight"));
  return {gradient.begin(), gradient.end()};
}

}  // namespace

TEST_CASE("SynFlow at a compression of 1000 keeps ResNet-18 connected and trainable") {
  Net net = Net::create(1);
  const auto mask = prune::synflow(net, {.sparsity = 0.999, .iterations = 100});
  CHECK(mask.kept() == 11'168);
  mask.apply(net);
  CHECK(prune::report(net).prunable_nonzero == 11'168);
  CHECK(empty_cuts(net) == 0);
  CHECK(flow_of(net) > 0);

  const auto gradient = first_gradient(net);
  CHECK(std::ranges::all_of(gradient, [](float g) { return std::isfinite(g); }));
  CHECK(std::ranges::any_of(gradient, [](float g) { return g != 0; }));
}

TEST_CASE("magnitude at a compression of 1000 cuts ResNet-18 in two") {
  Net net = Net::create(1);
  const auto mask = prune::magnitude(net, {.sparsity = 0.999});
  CHECK(mask.kept() == 11'168);
  mask.apply(net);
  CHECK(empty_cuts(net) > 0);
  CHECK(flow_of(net) == 0);
  const auto gradient = first_gradient(net);
  CHECK(std::ranges::all_of(gradient, [](float g) { return g == 0; }));
}

TEST_CASE("a floor keeps the shortcut convolutions that SynFlow would remove") {
  const Net net = Net::create(1);
  const auto kept_in = [](const auto& mask, const std::string& name) {
    return std::ranges::count(mask.span(parameter<Net>(name)), std::uint8_t{1});
  };
  prune::SynflowOptions options{.sparsity = 0.95, .iterations = 10};
  const auto without = prune::synflow(net, options);
  options.selection.layer_floor = 0.01;
  const auto with = prune::synflow(net, options);
  CHECK(without.kept() == 558'397);
  CHECK(with.kept() == 558'397);
  for (const std::string stage : {"layer2", "layer3", "layer4"}) {
    const nn::Parameter& shortcut = parameter<Net>(stage + ".0.downsample.0.weight");
    CHECK(kept_in(without, shortcut.name) < shortcut.size / 100);
    CHECK(kept_in(with, shortcut.name) >= prune::floor_count(shortcut.size, 0.01));
  }
}
