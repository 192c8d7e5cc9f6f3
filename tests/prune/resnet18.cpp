// ResNet-18 at 224 pixels, 95 %, 100 iterations: the facts measured with the authors' code. One run
// (half a minute on two cores) serves all checks.
#include <osteon/prune/synflow.hpp>

#include "networks.hpp"

#include <map>

using namespace osteon;
using namespace osteon::test;

namespace {

using Net = ResNet18<float, 224>;

static_assert(Net::parameter_count == 11'177'538);
static_assert(Net::prunable_count == 11'167'936);

/// What the authors' code leaves of each layer; masks of other weights differ by a few percent.
const std::map<std::string, double> densities{
    {"conv1", 0.903},
    {"layer1.0.conv1", 0.66},
    {"layer1.0.conv2", 0.66},
    {"layer1.1.conv1", 0.66},
    {"layer1.1.conv2", 0.66},
    {"layer2.0.conv1", 0.46},
    {"layer2.0.conv2", 0.26},
    {"layer2.0.downsample.0", 0},
    {"layer2.1.conv1", 0.25},
    {"layer2.1.conv2", 0.25},
    {"layer3.0.conv1", 0.13},
    {"layer3.0.conv2", 0.065},
    {"layer3.0.downsample.0", 0},
    {"layer3.1.conv1", 0.063},
    {"layer3.1.conv2", 0.065},
    {"layer4.0.conv1", 0.032},
    {"layer4.0.conv2", 0.017},
    {"layer4.0.downsample.0", 0},
    {"layer4.1.conv1", 0.015},
    {"layer4.1.conv2", 0.018},
    {"fc", 0.83},
};

/// Under the address sanitizer the run takes minutes; smaller networks take the same paths there.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool too_slow = true;
#elif defined(__has_feature)
constexpr bool too_slow = __has_feature(address_sanitizer);
#else
constexpr bool too_slow = false;
#endif

}  // namespace

TEST_CASE("ResNet-18 at 95 %" * doctest::skip(too_slow)) {
  auto net = Net::create(42);
  double first_flow = 0;
  const auto mask = prune::synflow(
      net, {.sparsity = 0.95, .iterations = 100}, [&](const prune::SynflowIteration& seen) {
        if (seen.iteration == 1) first_flow = seen.flow;
        CHECK(seen.flow > 0);
        CHECK(flow_through<Net>(seen.scores(), "conv1.weight") == exactly(seen.flow));
        CHECK(flow_through<Net>(seen.scores(), "fc.weight") == exactly(seen.flow));
        for (const std::string block : {"layer2.0.", "layer3.0.", "layer4.0."}) {
          CHECK(flow_through<Net>(seen.scores(), block + "conv2.weight") +
                    flow_through<Net>(seen.scores(), block + "downsample.0.weight") ==
                exactly(seen.flow));
        }
      });

  CHECK(mask.kept() == 558'397);
  CHECK(first_flow == doctest::Approx(1.4e27).epsilon(0.05));

  mask.apply(net);
  const prune::Report report = prune::report(net);
  CHECK(report.prunable_nonzero == 558'397);
  CHECK(report.parameters == 11'177'538);
  CHECK(report.sparsity() == doctest::Approx(0.95).epsilon(1e-6));
  CHECK(report.macs_dense == doctest::Approx(1813.6e6).epsilon(1e-4));
  CHECK(report.macs_kept == doctest::Approx(563.0e6).epsilon(0.01));

  REQUIRE(report.layers.size() == densities.size());
  for (const prune::LayerDensity& layer : report.layers) {
    CAPTURE(layer.name);
    const double expected = densities.at(layer.name);
    if (expected == 0) {
      CHECK(layer.nonzero == 0);  // all three shortcut convolutions go
    } else {
      CHECK(layer.density() == doctest::Approx(expected).epsilon(0.06));
    }
  }

  const auto one_shot = prune::synflow(Net::create(42), {.sparsity = 0.95, .iterations = 1});
  CHECK(one_shot.kept() == 558'397);
  CHECK(prune::intersection_over_union(mask, one_shot) == doctest::Approx(0.36).epsilon(0.05));
}
