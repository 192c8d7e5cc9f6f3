#include <osteon/cpu/cpu.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/nn/restore_batch_norm.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace osteon;

namespace {

using Layers = nn::Sequential<
    nn::Named<"", models::detail::Stem>, nn::Named<"block", models::BasicBlock<8, 2>>,
    nn::Named<"conv2", nn::Conv2d<5, 3, 1, 1>>, nn::ReLU, nn::GlobalAvgPool2d, nn::Linear<3>>;

template <class T>
using Net = Model<Layers, Shape<3, 24, 20>, T>;

/// With batch normalisation that does something, negative weights included.
template <class M>
M known() {
  auto model = M::create(3);
  std::uint64_t stream = 0;
  for (const nn::LayerInfo& layer : M::layers()) {
    if (!layer.is_batch_norm()) continue;
    const auto fill = [&](auto values, double scale, double centre) {
      ++stream;
      for (std::size_t c = 0; c < values.size(); ++c)
        values[c] = static_cast<typename M::value_type>(
            test::uniform(11, stream, static_cast<Index>(c), scale, centre));
    };
    fill(model.values(layer.parameters[0]), 1, 0.3);
    fill(model.values(layer.parameters[1]), 0.5, 0);
    fill(nn::part(model.buffers(), layer.buffers[0]), 0.5, 0);
    fill(nn::part(model.buffers(), layer.buffers[1]), 0.5, 1);
  }
  return model;
}

/// Folds each batch normalisation into the convolution before it (here they alternate) and leaves
/// it as it is at first.
template <class M>
nn::FoldedBiases fold(M& model) {
  nn::FoldedBiases biases;
  for (std::size_t i = 0; i + 1 < M::layers().size(); ++i) {
    const nn::LayerInfo& conv = M::layers()[i];
    const nn::LayerInfo& norm = M::layers()[i + 1];
    if (!norm.is_batch_norm()) continue;
    const auto weight = model.values(conv.parameters[0]);
    const auto scales = model.values(norm.parameters[0]);
    const auto shifts = model.values(norm.parameters[1]);
    const auto means = nn::part(model.buffers(), norm.buffers[0]);
    const auto variances = nn::part(model.buffers(), norm.buffers[1]);
    const std::size_t patch = weight.size() / scales.size();
    auto& bias = biases[conv.name];
    for (std::size_t c = 0; c < scales.size(); ++c) {
      const double scale = scales[c] / std::sqrt(variances[c] + norm.epsilon);
      for (std::size_t k = 0; k < patch; ++k)
        weight[c * patch + k] *= static_cast<typename M::value_type>(scale);
      bias.push_back(static_cast<float>(shifts[c] - means[c] * scale));
      scales[c] = variances[c] = 1;
      shifts[c] = means[c] = 0;
    }
  }
  return biases;
}

template <class M>
std::vector<typename M::InputTensor> images(std::initializer_list<Index> batches) {
  std::vector<typename M::InputTensor> all;
  std::uint64_t stream = 0;
  for (const Index batch : batches)
    test::fill_uniform(all.emplace_back(batch).view(), 5, stream++, 2, 0.5);
  return all;
}

std::string error_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE_TEMPLATE("restore_batch_norm: folded, forgotten, restored: the same function", T, float,
                   double) {
  using M = Net<T>;
  auto model = known<M>();
  const auto tests = images<M>({7});
  const auto expected = test::logical_values(model.predict(tests[0]));
  const auto biases = fold(model);
  CHECK(biases.size() == 4);
  CHECK(test::relative_error(test::logical_values(model.predict(tests[0])), expected) > 0.01);
  nn::restore_batch_norm(model, biases, images<M>({4, 1, 6}));
  // the biases are floats
  CHECK(test::relative_error(test::logical_values(model.predict(tests[0])), expected) < 1e-5);
}

TEST_CASE("restore_batch_norm: the statistics are those of the folded network on the images") {
  using M = Net<double>;
  auto model = known<M>();
  const auto biases = fold(model);
  const auto inputs = images<M>({8, 3});
  nn::restore_batch_norm(model, biases, inputs);

  // All the images at once in training mode: batch normalisation then uses what was measured, but
  // for the unbiased variance, and the running statistics stay where they are.
  M::InputTensor all(11);
  std::copy(inputs[0].span().begin(), inputs[0].span().end(), all.data());
  std::copy(inputs[1].span().begin(), inputs[1].span().end(), all.data() + inputs[0].size());
  const auto expected = test::logical_values(model.predict(all));
  const std::vector<double> before(model.buffers().begin(), model.buffers().end());
  const auto trained = model.forward(all, nn::Mode::training);
  CHECK(test::relative_error(test::logical_values(trained), expected) < 0.02);
  CHECK(test::relative_error(model.buffers(), before) < 1e-3);
  for (const nn::LayerInfo& layer : M::layers()) {
    if (!layer.is_batch_norm()) continue;
    const auto weight = model.values(layer.parameters[0]);
    const auto variance = nn::part(model.buffers(), layer.buffers[1]);
    for (std::size_t c = 0; c < weight.size(); ++c)
      CHECK(weight[c] == doctest::Approx(std::sqrt(variance[c] + 1e-5)).epsilon(1e-2));
  }
}

TEST_CASE("restore_batch_norm: a layer that nothing is known of stays as it is") {
  using M = Net<float>;
  auto model = known<M>();
  auto biases = fold(model);
  biases.erase("block.conv2");
  nn::restore_batch_norm(model, biases, images<M>({4}));
  for (const nn::LayerInfo& layer : M::layers()) {
    if (!layer.is_batch_norm()) continue;
    const bool untouched = nn::part(model.buffers(), layer.buffers[0])[0] == 0.0F;
    CHECK_MESSAGE(untouched == (layer.name == "block.bn2"), layer.name);
  }
}

TEST_CASE("restore_batch_norm: what cannot be done is said") {
  using M = Net<float>;
  auto model = known<M>();
  const auto none = std::vector<M::InputTensor>();
  const auto message = [&](const nn::FoldedBiases& biases, const auto& batches) {
    return error_of([&] { nn::restore_batch_norm(model, biases, batches); });
  };
  CHECK(message({{"conv9", {1}}}, none) ==
        "the network has no convolution conv9 for a folded bias");
  CHECK(message({{"conv2", {1, 2, 3, 4, 5}}}, none).starts_with("no batch normalisation follows"));
  CHECK(message({{"conv1", {1}}}, none) == "the folded bias of conv1 has 1 values for 64 channels");
  const nn::FoldedBiases biases{{"conv1", std::vector<float>(64)}};
  CHECK(message(biases, none).ends_with("there were none"));
  auto bad = images<M>({1});
  bad[0].data()[5] = INFINITY;
  CHECK(message(biases, bad).find("before bn1 has the mean") != std::string::npos);
}

TEST_CASE("RunningMoments: batches of any size are one sample; a large mean loses no variance") {
  nn::RunningMoments together(2), apart(2);
  std::vector<double> values;
  for (Index i = 0; i < 30; ++i) values.push_back(test::uniform(1, 2, i) + (i % 2 == 0 ? 0 : 1e6));
  const auto add = [&](nn::RunningMoments& moments, std::size_t begin, std::size_t rows) {
    moments.add(rows, channel_moments(Cpu{}, static_cast<Index>(rows), 2, values.data() + begin));
  };
  add(together, 0, 15);
  for (const auto& [begin, rows] : {std::pair{0U, 1U}, {2U, 10U}, {22U, 4U}})
    add(apart, begin, rows);
  for (const std::size_t c : {0U, 1U}) {
    double mean = 0, squares = 0;
    for (std::size_t i = c; i < 30; i += 2) mean += values[i] / 15;
    for (std::size_t i = c; i < 30; i += 2) squares += (values[i] - mean) * (values[i] - mean);
    CHECK(together.mean(c) == doctest::Approx(mean).epsilon(1e-12));
    CHECK(together.variance(c) == doctest::Approx(squares / 14).epsilon(1e-9));
    CHECK(apart.mean(c) == doctest::Approx(mean).epsilon(1e-12));
    CHECK(apart.variance(c) == doctest::Approx(squares / 14).epsilon(1e-9));
  }
}
