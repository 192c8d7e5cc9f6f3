#include <osteon/prune/mask.hpp>

#include "networks.hpp"

using namespace osteon;
using namespace osteon::test;

using Net = SmallConvNet<float>;
using Mask = prune::Mask<Net>;

TEST_CASE("a new mask keeps everything") {
  const Mask mask;
  CHECK(mask.kept() == Net::prunable_count);
  CHECK(mask.sparsity() == 0);
  CHECK(mask.view().size() == Net::parameter_count);
}

TEST_CASE("apply sets removed weights to exactly +0 and touches nothing else") {
  auto net = Net::create(1);
  auto before = Net::create(1);
  const auto& conv = parameter<Net>("conv2.weight");
  net.values(conv)[3] = before.values(conv)[3] = -1.5F;
  net.values(conv)[4] = before.values(conv)[4] = INFINITY;  // a product with 0 would be NaN
  Mask mask;
  mask.span(conv)[3] = 0;
  mask.span(conv)[4] = 0;
  mask.apply(net);
  for (const std::size_t i : {3U, 4U}) {
    CHECK(net.values(conv)[i] == 0);
    CHECK_FALSE(std::signbit(net.values(conv)[i]));
    before.values(conv)[i] = 0;
  }
  CHECK(std::ranges::equal(net.parameters().span(), before.parameters().span()));
}

TEST_CASE("kept counts prunable weights only") {
  Mask mask;
  mask.span(parameter<Net>("fc.weight"))[0] = 0;
  CHECK(mask.kept() == Net::prunable_count - 1);
  CHECK(mask.sparsity() == doctest::Approx(1.0 / static_cast<double>(Net::prunable_count)));
  mask.span(parameter<Net>("fc.bias"))[0] = 0;
  CHECK(mask.kept() == Net::prunable_count - 1);
}

TEST_CASE("from_zeros finds the mask that was applied") {
  auto net = Net::create(2);
  const auto mask = prune::magnitude(net, {.sparsity = 0.7});
  mask.apply(net);
  const Mask found = Mask::from_zeros(net);
  CHECK(found == mask);
  // Biases and BatchNorm that happen to be zero are not removed.
  CHECK(std::ranges::all_of(found.span(parameter<Net>("bn1.bias")),
                            [](std::uint8_t keep) { return keep == 1; }));
}

TEST_CASE("for_each_prunable visits convolutions and linear layers in order") {
  Mask mask;
  std::vector<std::string> names;
  Index size = 0;
  mask.for_each_prunable([&](const nn::Parameter& p, std::span<std::uint8_t> kept) {
    names.push_back(p.name);
    size += static_cast<Index>(kept.size());
  });
  CHECK(names == std::vector<std::string>{"conv1.weight", "conv2.weight", "fc.weight"});
  CHECK(size == Net::prunable_count);
}

TEST_CASE("intersection over union") {
  Mask a, b;
  CHECK(prune::intersection_over_union(a, b) == 1);
  const auto& fc = parameter<Net>("fc.weight");
  const auto empty = [](Mask& mask) {
    mask.for_each_prunable([](const nn::Parameter&, std::span<std::uint8_t> kept) {
      std::ranges::fill(kept, std::uint8_t{0});
    });
  };
  empty(a);
  empty(b);
  CHECK(prune::intersection_over_union(a, b) == 1);
  a.span(fc)[0] = a.span(fc)[1] = 1;
  b.span(fc)[1] = b.span(fc)[2] = 1;
  CHECK(prune::intersection_over_union(a, b) == doctest::Approx(1.0 / 3));
  CHECK_FALSE(a == b);
}
