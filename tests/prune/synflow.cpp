// SynFlow against exact fixtures, and what it must leave alone.
#include <osteon/prune/synflow.hpp>

#include "networks.hpp"

#include <cstring>

using namespace osteon;
using namespace osteon::test;
using prune::SynflowIteration;

namespace {

const std::vector<double> two_neurons{1, -2, 3, 4, 5, -6};

/// v_i = ((37 i + 11) mod 23 - 11) / 8, a zero replaced by 0.5.
SmallMlp small_mlp() {
  std::vector<double> weights(30);
  for (int i = 0; i < 30; ++i) {
    const int value = (37 * i + 11) % 23 - 11;
    weights[static_cast<std::size_t>(i)] = value == 0 ? 0.5 : value / 8.0;
  }
  return with_weights<SmallMlp>(weights);
}

/// True if the masks are equal up to a choice among scores that are equal to 1e-12.
bool equal_up_to_ties(const std::string& mask, const std::string& expected,
                      const std::vector<double>& scores) {
  double lowest = 1e300, highest = 0;
  std::size_t weight = 0, kept = 0, expected_kept = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] == ' ') continue;
    kept += mask[i] == '1';
    expected_kept += expected[i] == '1';
    if (mask[i] != expected[i]) {
      lowest = std::min(lowest, scores[weight]);
      highest = std::max(highest, scores[weight]);
    }
    ++weight;
  }
  return kept == expected_kept && highest - lowest <= 1e-12 * highest;
}

}  // namespace

TEST_CASE("two neurons: flow and scores by hand") {
  const auto model = with_weights<TwoNeurons>(two_neurons);
  double flow = 0;
  std::vector<double> scores;
  (void)prune::synflow(model, {.sparsity = 0, .iterations = 1}, [&](const SynflowIteration& i) {
    flow = i.flow;
    scores.assign(i.scores().begin(), i.scores().end());
  });
  CHECK(flow == 57);
  CHECK(scores == std::vector<double>{5, 10, 18, 24, 15, 42});
  // in = out of each hidden neuron
  CHECK(scores[0] + scores[1] == scores[4]);
  CHECK(scores[2] + scores[3] == scores[5]);
}

TEST_CASE("two neurons: half of the weights in one shot") {
  const auto model = with_weights<TwoNeurons>(two_neurons);
  CHECK(digits(prune::synflow(model, {.sparsity = 0.5, .iterations = 1})) == "0011 01");
}

TEST_CASE("two neurons: of two scores of 10, one goes") {
  const auto model = with_weights<TwoNeurons>(two_neurons);
  std::vector<Index> kept;
  std::vector<std::vector<double>> scores;
  const auto mask =
      prune::synflow(model, {.sparsity = 0.5, .iterations = 3}, [&](const SynflowIteration& i) {
        kept.push_back(i.kept);
        scores.emplace_back(i.scores().begin(), i.scores().end());
      });
  CHECK(kept == std::vector<Index>{5, 4, 3});
  CHECK(scores[1] == std::vector<double>{0, 10, 18, 24, 10, 42});
  CHECK(scores[2] == std::vector<double>{0, 0, 18, 24, 0, 42});  // the dead neuron's end goes next
  CHECK(digits(mask) == "0011 01");
}

// Masks of the authors' code in float64 for compression 10^c in n iterations.
TEST_CASE("a small network's masks are those of the authors' code") {
  struct Fixture {
    double c;
    int n;
    Index kept;
    const char* mask;
  };
  const std::vector<Fixture> fixtures{
      {0.3, 1, 16, "010010110101 101100010010 111101"},
      {0.3, 100, 16, "010000111101 101100010010 111101"},
      {0.5, 1, 10, "010000110000 101000000010 110101"},
      {0.5, 3, 10, "010000110000 101100000010 100101"},
      {0.5, 100, 10, "010000111000 101000000010 100101"},
      {0.8, 1, 5, "000000100000 001000000000 100101"},
      {0.8, 100, 5, "000000110000 001000000000 100100"},
  };
  const SmallMlp model = small_mlp();
  for (const Fixture& fixture : fixtures) {
    CAPTURE(fixture.c);
    CAPTURE(fixture.n);
    std::vector<double> last;
    const auto mask = prune::synflow(
        model, {.sparsity = 1 - std::pow(10, -fixture.c), .iterations = fixture.n},
        [&](const SynflowIteration& i) { last.assign(i.scores().begin(), i.scores().end()); });
    CHECK(mask.kept() == fixture.kept);
    CAPTURE(digits(mask));
    CHECK(equal_up_to_ties(digits(mask), fixture.mask, last));
  }
}

TEST_CASE("the model is untouched, bit for bit") {
  auto model = SmallResNet<float>::create(3);
  train_like(model, 4);
  model.gradients() = 0.5F;
  model.set_batches_tracked(7);
  const auto copy = model;
  (void)prune::synflow(model, {.sparsity = 0.9, .iterations = 5});
  (void)prune::magnitude(model, {.sparsity = 0.9});
  const auto same = [](std::span<const float> a, std::span<const float> b) {
    return std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
  };
  CHECK(same(std::as_const(model).parameters().span(), copy.parameters().span()));
  CHECK(same(std::as_const(model).gradients().span(), copy.gradients().span()));
  CHECK(same(std::as_const(model).buffers(), copy.buffers()));
  CHECK(model.batches_tracked() == 7);
}

TEST_CASE("masks only grow, and the observer's numbers agree with the mask") {
  const auto model = SmallResNet<float>::create(5);
  const prune::SynflowOptions options{.sparsity = 0.9, .iterations = 12};
  std::vector<bool> removed(static_cast<std::size_t>(model.parameter_count));
  int iteration = 0;
  double last_flow = INFINITY;
  Index last_kept = 0;
  const auto mask = prune::synflow(model, options, [&](const SynflowIteration& seen) {
    CHECK(seen.iteration == ++iteration);
    CHECK(seen.iterations == 12);
    const double share = prune::kept_share(options.schedule, 0.1, iteration, 12);
    CHECK(seen.kept == prune::kept_count(model.prunable_count, share));
    CHECK(seen.flow <= last_flow);
    CHECK(seen.flow > 0);
    last_flow = seen.flow;
    last_kept = seen.kept;
    const auto scores = seen.scores();
    bool revived = false;
    for (std::size_t i = 0; i < removed.size(); ++i) {
      revived |= removed[i] && scores[i] != 0;  // removed before: carries nothing
      removed[i] = removed[i] || scores[i] == 0;
    }
    CHECK_FALSE(revived);
  });
  CHECK(iteration == 12);
  CHECK(mask.kept() == last_kept);
}

TEST_CASE("the same model gives the same mask: no data, no chance") {
  const auto model = SmallResNet<float>::create(6);
  const prune::SynflowOptions options{.sparsity = 0.9, .iterations = 10};
  CHECK(prune::synflow(model, options) == prune::synflow(model, options));
}

TEST_CASE("weights that no flow reaches go first and are no error") {
  // On one padded pixel only the centre of a 3x3 kernel is used.
  struct OnePixel : nn::Sequential<nn::Conv2d<4, 3, 1, 1, nn::no_bias>, nn::ReLU,
                                   nn::GlobalAvgPool2d, nn::Linear<2>> {};
  using Net = Model<OnePixel, Shape<2, 1, 1>, double>;
  const auto model = Net::create(1);
  const auto mask = prune::synflow(model, {.sparsity = 0.8, .iterations = 10});
  CHECK(mask.kept() == prune::kept_count(Net::prunable_count, 0.2));
  const auto& conv = parameter<Net>("0.weight");
  for (Index i = 0; i < conv.size; ++i) {
    const bool centre = i % 9 == 4;  // logical order: filter, channel, row, column
    if (!centre) CHECK(mask.span(conv)[static_cast<std::size_t>(conv.storage_index(i))] == 0);
  }
}

TEST_CASE("targets outside [0, 1) and no iterations are refused") {
  const auto model = SmallMlp::create(1);
  CHECK_THROWS_AS((void)prune::synflow(model, {.sparsity = 1.0}), Error);
  CHECK_THROWS_AS((void)prune::synflow(model, {.sparsity = -0.1}), Error);
  CHECK_THROWS_AS((void)prune::synflow(model, {.sparsity = NAN}), Error);
  CHECK_THROWS_AS((void)prune::synflow(model, {.sparsity = 0.5, .iterations = 0}), Error);
}

TEST_CASE("weights that are not finite are refused") {
  auto model = SmallMlp::create(1);
  model.parameters().span()[3] = NAN;
  CHECK_THROWS_AS((void)prune::synflow(model, {.sparsity = 0.5}), Error);
  model.parameters().span()[3] = INFINITY;
  CHECK_THROWS_AS((void)prune::synflow(model, {.sparsity = 0.5}), Error);
}

TEST_CASE("a network that is cut in two has no ranking") {
  auto model = SmallMlp::create(1);
  std::ranges::fill(model.values(parameter<SmallMlp>("1.weight")), 0.0);
  CHECK_THROWS_WITH_AS((void)prune::synflow(model, {.sparsity = 0.5}),
                       doctest::Contains("degenerate threshold"), Error);
}
