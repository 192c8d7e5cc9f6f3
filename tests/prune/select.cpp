// Exact counts, ties, scopes, floors.
#include <osteon/prune/select.hpp>

#include "networks.hpp"

#include <numeric>

using namespace osteon;
using namespace osteon::test;
using prune::Scope;

using Net = SmallResNet<float>;
using Mask = prune::Mask<Net>;

namespace {

std::vector<double> random_scores(std::uint64_t seed) {
  Random random(seed);
  std::vector<double> scores(static_cast<std::size_t>(Net::parameter_count));
  for (double& score : scores) score = random.uniform() + 1e-3F;
  return scores;
}

Index kept_in(const Mask& mask, const nn::Parameter& p) {
  const auto part = mask.span(p);
  return std::accumulate(part.begin(), part.end(), Index{0});
}

}  // namespace

TEST_CASE("the count is exact for any sparsity, and the best are kept") {
  Random random(1);
  const auto scores = random_scores(2);
  for (int i = 0; i < 50; ++i) {
    const double share = random.uniform();
    Mask mask;
    prune::keep_best(mask, scores, share);
    CHECK(mask.kept() == prune::kept_count(Net::prunable_count, share));
    double worst_kept = 1e9, best_removed = 0;
    mask.for_each_prunable([&](const nn::Parameter& p, std::span<std::uint8_t> kept) {
      const auto part = nn::part(std::span<const double>(scores), p);
      for (std::size_t j = 0; j < kept.size(); ++j) {
        if (kept[j] != 0) worst_kept = std::min(worst_kept, part[j]);
        if (kept[j] == 0) best_removed = std::max(best_removed, part[j]);
      }
    });
    CHECK(best_removed <= worst_kept);
  }
}

TEST_CASE("equal scores: the count stays exact, the first in network order go") {
  const std::vector<double> scores(static_cast<std::size_t>(Net::parameter_count), 2.5);
  for (const double share : {0.05, 0.5, 0.999}) {
    Mask mask;
    prune::keep_best(mask, scores, share);
    CHECK(mask.kept() == prune::kept_count(Net::prunable_count, share));
    bool seen_kept = false, in_order = true;
    mask.for_each_prunable([&](const nn::Parameter&, std::span<std::uint8_t> kept) {
      for (const std::uint8_t keep : kept) {
        seen_kept |= keep != 0;
        in_order &= !seen_kept || keep != 0;
      }
    });
    CHECK(in_order);
  }
}

TEST_CASE("removed weights stay removed, whatever they score later") {
  Mask mask;
  prune::keep_best(mask, random_scores(3), 0.5);
  const Mask first = mask;
  prune::keep_best(mask, random_scores(4), 0.2);
  CHECK(mask.kept() == prune::kept_count(Net::prunable_count, 0.2));
  bool revived = false;
  for (std::size_t i = 0; i < mask.span().size(); ++i) {
    revived |= mask.span()[i] > first.span()[i];
  }
  CHECK_FALSE(revived);
  // Asked for more than is left, it removes nothing.
  const Mask second = mask;
  prune::keep_best(mask, random_scores(5), 0.4);
  CHECK(mask == second);
}

TEST_CASE("biases and BatchNorm are never removed") {
  Mask mask;
  std::vector<double> scores = random_scores(6);
  for (const nn::LayerInfo& layer : Net::layers()) {
    for (const nn::Parameter& p : layer.parameters) {
      if (!p.prunable()) std::ranges::fill(nn::part(std::span(scores), p), 0.0);
    }
  }
  prune::keep_best(mask, scores, 0.01);
  for (const nn::LayerInfo& layer : Net::layers()) {
    for (const nn::Parameter& p : layer.parameters) {
      if (!p.prunable()) CHECK(kept_in(mask, p) == p.size);
    }
  }
}

TEST_CASE("per-layer scope leaves every layer the same share") {
  for (const double share : {0.05, 0.37, 0.8}) {
    Mask mask;
    prune::keep_best(mask, random_scores(7), share, {.scope = Scope::layer});
    for (const nn::Parameter& p : prune::prunable_parameters<Net>({})) {
      CHECK(kept_in(mask, p) == prune::kept_count(p.size, share));
    }
  }
}

TEST_CASE("a dense classifier is left alone and not counted") {
  const auto& fc = parameter<Net>("fc.weight");
  for (const Scope scope : {Scope::global, Scope::layer}) {
    Mask mask;
    std::vector<double> scores = random_scores(8);
    std::ranges::fill(nn::part(std::span(scores), fc), 1e-9);
    prune::keep_best(mask, scores, 0.1, {.scope = scope, .dense_classifier = true});
    CHECK(kept_in(mask, fc) == fc.size);
    if (scope == Scope::global) {
      CHECK(mask.kept() == fc.size + prune::kept_count(Net::prunable_count - fc.size, 0.1));
    }
  }
}

TEST_CASE("a floor keeps the best of each layer, within the exact count") {
  std::vector<double> scores = random_scores(9);
  const auto& shortcut = parameter<Net>("layer2.downsample.0.weight");
  for (double& score : nn::part(std::span(scores), shortcut)) score *= 1e-6;
  Mask without;
  prune::keep_best(without, scores, 0.1);
  CHECK(kept_in(without, shortcut) == 0);

  Mask mask;
  prune::keep_best(mask, scores, 0.1, {.layer_floor = 0.05});
  CHECK(mask.kept() == prune::kept_count(Net::prunable_count, 0.1));
  for (const nn::Parameter& p : prune::prunable_parameters<Net>({})) {
    CHECK(kept_in(mask, p) >= prune::floor_count(p.size, 0.05));
  }
  CHECK(kept_in(mask, shortcut) == prune::floor_count(shortcut.size, 0.05));
  double worst_kept = 1e9, best_removed = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(shortcut.size); ++i) {
    const double score = nn::part(std::span<const double>(scores), shortcut)[i];
    if (mask.span(shortcut)[i] != 0) worst_kept = std::min(worst_kept, score);
    if (mask.span(shortcut)[i] == 0) best_removed = std::max(best_removed, score);
  }
  CHECK(best_removed < worst_kept);

  Mask layered;
  prune::keep_best(layered, scores, 0.01, {.scope = Scope::layer, .layer_floor = 0.05});
  for (const nn::Parameter& p : prune::prunable_parameters<Net>({})) {
    CHECK(kept_in(layered, p) == prune::floor_count(p.size, 0.05));
  }
}

TEST_CASE("floors that ask for more than is to be kept are refused") {
  Mask mask;
  CHECK_THROWS_WITH_AS(prune::keep_best(mask, random_scores(10), 0.05, {.layer_floor = 0.2}),
                       doctest::Contains("lower the floor or the sparsity"), Error);
  CHECK(mask == Mask{});
}

TEST_CASE("a failure in a later layer leaves the earlier ones as they were") {
  std::vector<double> scores = random_scores(12);
  std::ranges::fill(nn::part(std::span(scores), parameter<Net>("fc.weight")), 0.0);
  Mask mask;
  CHECK_THROWS_WITH_AS(prune::keep_best(mask, scores, 0.5, {.scope = Scope::layer}),
                       doctest::Contains("every weight left in fc.weight"), Error);
  CHECK(mask == Mask{});
}

TEST_CASE("negative scores go before zeros, whatever the sign of those") {
  std::vector<double> scores(static_cast<std::size_t>(Net::parameter_count), 0.0);
  const auto& conv = parameter<Net>("conv1.weight");
  const auto& fc = parameter<Net>("fc.weight");
  for (std::size_t i = 1; i < scores.size(); i += 2) scores[i] = -0.0;
  std::ranges::fill(nn::part(std::span(scores), fc), -1.0);
  Mask mask;
  const auto gone = static_cast<double>(fc.size + 3) + 0.5;
  prune::keep_best(mask, scores, 1 - gone / static_cast<double>(Net::prunable_count));
  CHECK(kept_in(mask, fc) == 0);
  CHECK(kept_in(mask, conv) == conv.size - 3);
  CHECK(mask.span(conv)[2] == 0);
  CHECK(mask.span(conv)[3] == 1);
}

TEST_CASE("a score for every parameter, or none") {
  Mask mask;
  CHECK_THROWS_WITH_AS(prune::keep_best(mask, std::vector<double>(7, 1.0), 0.5),
                       doctest::Contains("there are 7 scores for"), Error);
}

TEST_CASE("scores that are not finite are refused by name") {
  for (const double bad : {double(NAN), double(INFINITY)}) {
    std::vector<double> scores = random_scores(11);
    scores[static_cast<std::size_t>(parameter<Net>("layer1.conv2.weight").offset) + 7] = bad;
    Mask mask;
    CHECK_THROWS_WITH_AS(prune::keep_best(mask, scores, 0.5),
                         doctest::Contains("weight 7 of layer1.conv2.weight"), Error);
    CHECK(mask == Mask{});
  }
}

TEST_CASE("all-zero scores are a degenerate threshold; some zeros simply go first") {
  std::vector<double> scores(static_cast<std::size_t>(Net::parameter_count), 0.0);
  Mask mask;
  CHECK_THROWS_WITH_AS(prune::keep_best(mask, scores, 0.5),
                       doctest::Contains("degenerate threshold"), Error);
  CHECK_THROWS_WITH_AS(prune::keep_best(mask, scores, 0.5, {.scope = Scope::layer}),
                       doctest::Contains("conv1.weight"), Error);
  CHECK(mask == Mask{});
  CHECK_NOTHROW(prune::keep_best(mask, scores, 1));  // nothing to choose

  const auto& fc = parameter<Net>("fc.weight");
  std::ranges::fill(nn::part(std::span(scores), fc), 1.0);
  prune::keep_best(mask, scores, 0.5);
  CHECK(mask.kept() == prune::kept_count(Net::prunable_count, 0.5));
  CHECK(kept_in(mask, fc) == fc.size);
}
