#include <osteon/prune/report.hpp>

#include "networks.hpp"

using namespace osteon;
using namespace osteon::test;

using Net = SmallResNet<float>;

TEST_CASE("a dense model's report") {
  const auto model = Net::create(1);
  const prune::Report report = prune::report(model);
  CHECK(report.parameters == Net::parameter_count);
  CHECK(report.prunable == Net::prunable_count);
  CHECK(report.prunable_nonzero == Net::prunable_count);
  CHECK(report.macs_dense == Net::macs);
  CHECK(report.macs_kept == Net::macs);
  CHECK(report.sparsity() == 0);
  CHECK(report.layers.size() == 7);  // six convolutions, one linear layer
  CHECK(report.layers.front().name == "conv1");
  CHECK(report.layers.back().name == "fc");
}

TEST_CASE("nonzeros are recounted from the weights, layer by layer") {
  auto model = Net::create(2);
  const auto mask = prune::synflow(model, {.sparsity = 0.8, .iterations = 5});
  mask.apply(model);
  const prune::Report report = prune::report(model);
  CHECK(report.prunable_nonzero == prune::kept_count(Net::prunable_count, 0.2));
  CHECK(report.sparsity() == doctest::Approx(mask.sparsity()));

  Index nonzero = 0, macs = 0, macs_dense = 0;
  for (const prune::LayerDensity& layer : report.layers) {
    const nn::Parameter& p = parameter<Net>(layer.name + ".weight");
    Index count = 0;
    for (const float value : model.values(p)) count += value != 0 ? 1 : 0;
    CHECK(layer.size == p.size);
    CHECK(layer.nonzero == count);
    CHECK(layer.density() == doctest::Approx(double(count) / double(p.size)));
    nonzero += count;
    macs += layer.macs_kept;
    macs_dense += layer.macs_dense;
  }
  CHECK(report.prunable_nonzero == nonzero);
  CHECK(report.macs_kept == macs);
  CHECK(report.macs_dense == macs_dense);

  // One more zero, from outside: the mask does not know it, the count does.
  for (float& value : model.values(parameter<Net>("fc.weight"))) value = 0;
  const prune::Report after = prune::report(model);
  CHECK(after.layers.back().nonzero == 0);
  CHECK(after.prunable_nonzero == nonzero - report.layers.back().nonzero);
}

TEST_CASE("a weight of a convolution costs one multiply-accumulate per output pixel") {
  auto model = Net::create(3);
  model.parameters() = 0;
  model.values(parameter<Net>("conv1.weight"))[0] = 1;         // 8 x 8 pixels
  model.values(parameter<Net>("layer2.conv1.weight"))[0] = 1;  // 4 x 4, stride 2
  model.values(parameter<Net>("fc.weight"))[0] = 1;
  const prune::Report report = prune::report(model);
  CHECK(report.macs_kept == 64 + 16 + 1);
  CHECK(report.nonzero == 3);
}

TEST_CASE("nonzero counts all parameters, prunable_nonzero the prunable ones") {
  auto model = Net::create(4);
  const auto before = prune::report(model);
  for (float& value : model.values(parameter<Net>("fc.bias"))) value = 0;
  const auto after = prune::report(model);
  CHECK(after.nonzero == before.nonzero - 3);
  CHECK(after.prunable_nonzero == before.prunable_nonzero);
  // BatchNorm starts with shifts of zero.
  CHECK(before.nonzero < before.parameters);
}

TEST_CASE("to_string prints a row for every layer and the sum") {
  auto model = Net::create(5);
  prune::magnitude(model, {.sparsity = 0.9}).apply(model);
  const prune::Report report = prune::report(model);
  const std::string text = prune::to_string(report);
  for (const auto& layer : report.layers) {
    const auto at = text.find(layer.name + ' ');
    REQUIRE(at != std::string::npos);
    const std::string row = text.substr(at, text.find('\n', at) - at);
    CHECK(row.find(' ' + std::to_string(layer.size) + ' ') != std::string::npos);
    CHECK(row.find(' ' + std::to_string(layer.nonzero) + ' ') != std::string::npos);
  }
  CHECK(text.find("all prunable") != std::string::npos);
  CHECK(text.find(' ' + std::to_string(report.prunable_nonzero) + ' ') != std::string::npos);
  CHECK(std::ranges::count(text, '\n') == static_cast<long>(report.layers.size()) + 2);
}
