#include <osteon/prune/magnitude.hpp>

#include "networks.hpp"

using namespace osteon;
using namespace osteon::test;

TEST_CASE("magnitude keeps the largest absolute values") {
  const auto model = with_weights<TwoNeurons>({1, -2, 3, 4, 5, -6});
  CHECK(digits(prune::magnitude(model, {.sparsity = 0.5})) == "0001 11");
  CHECK(digits(prune::magnitude(model, {.sparsity = 0})) == "1111 11");
  CHECK(digits(prune::magnitude(
            model, {.sparsity = 0.5, .selection = {.scope = prune::Scope::layer}})) == "0011 01");
  CHECK(digits(prune::magnitude(
            model, {.sparsity = 0.5, .selection = {.dense_classifier = true}})) == "0011 11");
}

TEST_CASE("magnitude breaks ties in network order") {
  const auto model = with_weights<TwoNeurons>({1, -1, 1, 1, -1, 1});
  CHECK(digits(prune::magnitude(model, {.sparsity = 0.5})) == "0001 11");
}

TEST_CASE("magnitude's counts are exact") {
  const auto model = SmallResNet<float>::create(1);
  Random random(2);
  for (int i = 0; i < 20; ++i) {
    const double sparsity = random.uniform();
    CHECK(prune::magnitude(model, {.sparsity = sparsity}).kept() ==
          prune::kept_count(model.prunable_count, 1 - sparsity));
  }
}

TEST_CASE("magnitude refuses targets outside [0, 1) and networks of zeros") {
  auto model = SmallMlp::create(1);
  CHECK_THROWS_AS((void)prune::magnitude(model, {.sparsity = 1}), Error);
  CHECK_THROWS_AS((void)prune::magnitude(model, {.sparsity = -1}), Error);
  model.parameters() = 0.0;
  CHECK_THROWS_WITH_AS((void)prune::magnitude(model, {.sparsity = 0.5}),
                       doctest::Contains("degenerate threshold"), Error);
}
