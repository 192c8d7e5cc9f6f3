// The scoring type and the linearisation on a whole network.
#include <osteon/prune/synflow.hpp>

#include "networks.hpp"

using namespace osteon;
using namespace osteon::test;
using prune::Linearization;

namespace {

using Net = ResNet18<float, 64>;
constexpr prune::SynflowOptions options{.sparsity = 0.95, .iterations = 12};

}  // namespace

TEST_CASE("float and double score ResNet-18 nearly alike") {
  const Net net = Net::create(2);
  const auto in_double = prune::synflow<double>(net, options);
  const auto in_float = prune::synflow<float>(net, options);
  CHECK(in_float.kept() == 558'397);
  CHECK(prune::intersection_over_union(in_double, in_float) > 0.95);
}

TEST_CASE("float leaves its range on ResNet-34: an error, never a mask") {
  using Deep = Model<models::ResNet34<2>, Shape<3, 64, 64>>;
  const Deep net = Deep::create(3);
  CHECK_THROWS_WITH_AS((void)prune::synflow<float>(net, {.sparsity = 0.95, .iterations = 1}),
                       doctest::Contains("score in double"), Error);
  double flow = 0;
  const auto mask =
      prune::synflow<double>(net, {.sparsity = 0.95, .iterations = 1},
                             [&](const prune::SynflowIteration& seen) { flow = seen.flow; });
  CHECK(flow > 1e50);
  CHECK(mask.kept() == prune::kept_count(Deep::prunable_count, 1 - 0.95));
}

TEST_CASE("with trained statistics the authors' linearisation gives nearly the same mask") {
  Net net = Net::create(4);
  train_like(net, 5);
  const auto with = [&](Linearization how) {
    auto policy = options;
    policy.linearization = how;
    double through_conv1 = 0;
    const auto mask = prune::synflow(net, policy, [&](const prune::SynflowIteration& seen) {
      if (seen.iteration > 1) return;
      through_conv1 = flow_through<Net>(seen.scores(), "conv1.weight") / seen.flow;
    });
    return std::pair(mask, through_conv1);
  };
  const auto [pure, pure_share] = with(Linearization::pure_scale);
  const auto [reference, reference_share] = with(Linearization::reference);
  CHECK(pure_share == exactly(1));
  CHECK(std::abs(reference_share - 1) > 1e-5);
  CHECK(std::abs(reference_share - 1) < 0.1);
  CHECK(prune::intersection_over_union(pure, reference) > 0.98);
}
