// A negative control: a loop that is often taken for SynFlow. It multiplies the weights by their
// |gradient| again and again, on random input, with BatchNorm in training mode.
#include <osteon/prune/select.hpp>

#include "networks.hpp"

using namespace osteon;
using namespace osteon::test;

namespace {

using Net = ResNet18<float, 64>;

/// One round of the loop over every parameter; returns how many prunable weights are not zero after
/// it.
Index multiply_by_gradient(Net& net, Random& random) {
  Net::InputTensor x(1);
  for (float& value : x.span()) value = random.normal();
  Net::OutputTensor ones(1);
  ones = 1;
  net.zero_gradients();
  (void)net.forward(x, nn::Mode::training);
  net.backward(ones);
  const auto gradients = net.gradients();
  net.parameters() *= abs(gradients);
  return prune::report(net).prunable_nonzero;
}

}  // namespace

TEST_CASE("weights times |gradient|, repeated, collapse to zero and rank nothing") {
  Net net = Net::create(42);
  Random random(1);
  int rounds = 0;
  Index nonzero = Net::prunable_count;
  while (nonzero > 0 && rounds < 100) {
    nonzero = multiply_by_gradient(net, random);
    ++rounds;
  }
  CHECK(nonzero == 0);
  CHECK(rounds <= 4);

  std::vector<double> scores;
  for (const float weight : std::as_const(net).parameters().span()) {
    scores.push_back(std::abs(weight));
  }
  // Its selection: a threshold at the k-th score, and everything from there on is kept.
  std::vector<double> ranked;
  for (const nn::Parameter& p : prune::prunable_parameters<Net>({})) {
    const auto part = nn::part(std::span<const double>(scores), p);
    ranked.insert(ranked.end(), part.begin(), part.end());
  }
  const auto k = static_cast<std::ptrdiff_t>(0.95 * static_cast<double>(ranked.size()));
  std::nth_element(ranked.begin(), ranked.begin() + k, ranked.end());
  const double threshold = ranked[static_cast<std::size_t>(k)];
  CHECK(threshold == 0);
  CHECK(std::ranges::count_if(ranked, [&](double s) { return s >= threshold; }) ==
        Net::prunable_count);  // nothing is pruned

  prune::Mask<Net> mask;
  CHECK_THROWS_WITH_AS(prune::keep_best(mask, scores, 0.05),
                       doctest::Contains("degenerate threshold"), Error);
  CHECK(mask == prune::Mask<Net>{});
}
