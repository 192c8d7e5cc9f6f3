// Conservation of flow: what enters a neuron leaves it, and every cut carries R, at every
// iteration.
#include <osteon/prune/synflow.hpp>

#include "networks.hpp"

using namespace osteon;
using namespace osteon::test;
using prune::Linearization;
using prune::SynflowIteration;

namespace {

using Residual = SmallResNet<float>;

/// Prunes a network with trained-like BatchNorm; visit(iteration, flow through a parameter).
template <class Visit>
void prune_residual(Linearization how, Visit&& visit) {
  auto model = Residual::create(1);
  train_like(model, 2);
  int iterations = 0;
  const prune::SynflowOptions options{.sparsity = 0.95, .iterations = 15, .linearization = how};
  (void)prune::synflow(model, options, [&](const SynflowIteration& seen) {
    ++iterations;
    CAPTURE(seen.iteration);
    REQUIRE(seen.flow > 0);
    visit(seen, [&](const char* name) { return flow_through<Residual>(seen.scores(), name); });
  });
  CHECK(iterations == 15);
}

/// Sums of scores per filter (axis 0) or per input channel (axis 1).
template <class Model>
std::vector<double> per_channel(std::span<const double> scores, std::string_view name, int axis) {
  const nn::Parameter& p = parameter<Model>(name);
  const auto channels = static_cast<std::size_t>(p.extents[static_cast<std::size_t>(axis)]);
  const auto part = nn::part(scores, p);
  std::vector<double> sums(channels);
  // In memory the input channel is the innermost axis, the filter the outermost.
  for (std::size_t i = 0; i < part.size(); ++i) {
    sums[axis == 0 ? i / (part.size() / channels) : i % channels] += part[i];
  }
  return sums;
}

void check_equal(const std::vector<double>& in, const std::vector<double>& out) {
  REQUIRE(in.size() == out.size());
  for (std::size_t i = 0; i < in.size(); ++i) CHECK(in[i] == exactly(out[i]));
}

}  // namespace

TEST_CASE("every cut of a residual network carries R, with trained statistics") {
  for (const auto how : {Linearization::pure_scale, Linearization::identity}) {
    prune_residual(how, [](const SynflowIteration& seen, const auto& through) {
      CHECK(through("conv1.weight") == exactly(seen.flow));
      CHECK(through("layer2.conv2.weight") + through("layer2.downsample.0.weight") ==
            exactly(seen.flow));
      CHECK(through("layer2.conv1.weight") + through("layer2.downsample.0.weight") ==
            exactly(seen.flow));
      CHECK(through("fc.weight") == exactly(seen.flow));
      CHECK(through("fc.bias") == 0);
      // BatchNorm's scale is a pipe as well; its shift is closed.
      CHECK(through("bn1.weight") == exactly(seen.flow));
      CHECK(through("bn1.bias") == 0);
    });
  }
}

TEST_CASE("both convolutions of a block carry the same flow") {
  prune_residual(Linearization::pure_scale, [](const SynflowIteration&, const auto& through) {
    CHECK(through("layer1.conv1.weight") == exactly(through("layer1.conv2.weight")));
    CHECK(through("layer2.conv1.weight") == exactly(through("layer2.conv2.weight")));
  });
}

TEST_CASE("the two branches of an identity block sum to R") {
  auto model = Residual::create(3);
  train_like(model, 4);
  const auto scores = first_scores(model);
  auto linear = prune::linearize<double>(model, Linearization::pure_scale);
  const double all = flow(linear);
  // Without the branch only the shortcut carries flow.
  std::ranges::fill(linear.values(parameter<Residual>("layer1.conv2.weight")), 0.0);
  const double shortcut = flow(linear);
  CHECK(shortcut > 0);
  CHECK(shortcut + flow_through<Residual>(scores, "layer1.conv2.weight") == exactly(all));
}

TEST_CASE("what enters a channel leaves it") {
  prune_residual(Linearization::pure_scale, [](const SynflowIteration& seen, const auto&) {
    for (const std::string block : {"layer1.", "layer2."}) {
      check_equal(per_channel<Residual>(seen.scores(), block + "conv1.weight", 0),
                  per_channel<Residual>(seen.scores(), block + "conv2.weight", 1));
    }
  });
}

TEST_CASE("what enters a hidden neuron leaves it") {
  using Net = Model<models::MLP<Shape<20, 15, 10>, 4>, Shape<12>, double>;  // biases are dropped
  const auto model = Net::create(8);
  (void)prune::synflow(
      model, {.sparsity = 0.9, .iterations = 20}, [](const SynflowIteration& seen) {
        for (int layer = 1; layer < 4; ++layer) {
          CHECK(flow_through<Net>(seen.scores(), concat(layer, ".weight")) == exactly(seen.flow));
          check_equal(per_channel<Net>(seen.scores(), concat(layer, ".weight"), 0),
                      per_channel<Net>(seen.scores(), concat(layer + 1, ".weight"), 1));
        }
      });
}

TEST_CASE("max pooling and unused border weights conserve flow too") {
  auto model = SmallConvNet<float>::create(9);
  train_like(model, 10);
  (void)prune::synflow(
      model, {.sparsity = 0.9, .iterations = 20}, [](const SynflowIteration& seen) {
        for (const char* name : {"conv1.weight", "conv2.weight", "fc.weight"}) {
          CHECK(flow_through<SmallConvNet<float>>(seen.scores(), name) == exactly(seen.flow));
        }
      });
}

TEST_CASE("the authors' linearisation loses conservation once BatchNorm is trained") {
  prune_residual(Linearization::reference, [](const SynflowIteration& seen, const auto& through) {
    CHECK(std::abs(through("conv1.weight") / seen.flow - 1) > 1e-4);
    // The shift of the last BatchNorm and the bias of the head add flow after the convolutions.
    CHECK(through("fc.weight") + through("fc.bias") == exactly(seen.flow));
  });
}

TEST_CASE("the authors' linearisation conserves flow at initialisation, but for the head's bias") {
  const auto model = Residual::create(1);
  const auto scores = first_scores(model, Linearization::reference);
  const double through_fc = flow_through<Residual>(scores, "fc.weight");
  CHECK(flow_through<Residual>(scores, "conv1.weight") == exactly(through_fc));
  CHECK(flow_through<Residual>(scores, "fc.bias") > 0);
}
