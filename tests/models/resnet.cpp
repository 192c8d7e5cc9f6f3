#include <osteon/cpu/cpu.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/loss.hpp>
#include <osteon/nn/model.hpp>

#include "../reference.hpp"
#include "resnet_reference.hpp"
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

using namespace osteon;
namespace expected = osteon::test::resnet;

namespace {

constexpr std::uint64_t seed = 7;  // resnet_reference.py says why
constexpr std::array labels{0, 1, 1, 0};

template <Index Size, class T>
using ResNet = Model<models::ResNet18<2>, Shape<3, Size, Size>, T>;

/// Draws parameters and running statistics as resnet_reference.py does.
template <class Model>
Model make_network() {
  using T = typename Model::value_type;
  Model net = Model::create(0);
  std::uint64_t parameters = 0, buffers = 1000;
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& p : layer.parameters) {
      const double bound = std::sqrt(6 / static_cast<double>(p.fan_in()));
      const double scale = p.prunable() ? std::exp2(std::round(std::log2(bound))) : 0.25;
      const double centre = p.role == nn::Role::norm_weight ? 1 : 0;
      const auto values = net.values(p);
      for (Index i = 0; i < p.size; ++i) {
        values[static_cast<std::size_t>(p.storage_index(i))] =
            static_cast<T>(test::uniform(seed, parameters, i, scale, centre));
      }
      ++parameters;
    }
    for (const nn::NamedBuffer& buffer : layer.buffers) {
      const bool variance = buffer.name.ends_with("running_var");
      const auto values = nn::part(net.buffers(), buffer);
      for (Index i = 0; i < buffer.size; ++i) {
        values[static_cast<std::size_t>(i)] = static_cast<T>(
            test::uniform(seed, buffers, i, variance ? 0.5 : 0.25, variance ? 1 : 0));
      }
      ++buffers;
    }
  }
  return net;
}

/// The largest difference from the digest, relative to the tensor's norm. `at(i)` is element i in
/// torch's order.
template <class At>
double digest_error(const expected::Digest& digest, std::uint64_t stream, Index size, At at) {
  double squares = 0, projections[2]{};
  for (Index block = 0; block < size; block += 4) {
    const auto words = Philox{5, stream}(static_cast<std::uint64_t>(block / 4));
    for (Index i = block; i < std::min(size, block + 4); ++i) {
      const double value = at(i);
      const std::uint32_t word = words[static_cast<std::size_t>(i % 4)];
      squares += value * value;
      projections[0] += (word & 1U) != 0 ? value : -value;
      projections[1] += (word & 2U) != 0 ? value : -value;
    }
  }
  std::vector<double> errors{std::sqrt(squares) - digest.norm,
                             projections[0] - digest.projections[0],
                             projections[1] - digest.projections[1]};
  for (Index k = 0; k < 16; ++k) {
    const auto words = Philox{6, stream}(static_cast<std::uint64_t>(k / 4));
    const auto word = static_cast<Index>(words[static_cast<std::size_t>(k % 4)]);
    errors.push_back(at(word % size) - digest.entries[k]);
  }
  double largest = 0;
  for (const double error : errors) {
    largest = std::abs(error) <= largest ? largest : std::isnan(error) ? INFINITY : std::abs(error);
  }
  return largest / digest.norm;
}

template <class Model>
void check_gradients(Model& net, double tolerance) {
  std::size_t k = 0;
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& p : layer.parameters) {
      const expected::Digest& digest = expected::gradients[k];
      const auto gradient = net.gradients(p);
      CAPTURE(p.name);
      CHECK(digest_error(digest, k, p.size, [&](Index i) {
              return static_cast<double>(gradient[static_cast<std::size_t>(p.storage_index(i))]);
            }) < tolerance);
      ++k;
    }
  }
  CHECK(k == std::size(expected::gradients));
}

template <class Model>
void check_statistics(Model& net, double tolerance) {
  std::size_t k = 0;
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::NamedBuffer& buffer : layer.buffers) {
      const expected::Digest& digest = expected::statistics[k];
      const auto values = nn::part(net.buffers(), buffer);
      CAPTURE(buffer.name);
      CHECK(buffer.name == digest.name);
      CHECK(digest_error(digest, k, buffer.size, [&](Index i) {
              return static_cast<double>(values[static_cast<std::size_t>(i)]);
            }) < tolerance);
      ++k;
    }
  }
  CHECK(k == std::size(expected::statistics));
}

template <class T>
void check_network(double logits_tolerance, double gradient_tolerance) {
  using Net = ResNet<64, T>;
  auto net = make_network<Net>();
  typename Net::InputTensor x(4);
  test::fill_uniform(x.view(), seed, 2000, 2);
  CHECK(test::relative_error(net.predict(x).span(), expected::evaluation_logits) <
        logits_tolerance);

  const auto logits = net.forward(x, nn::Mode::training);
  CHECK(test::relative_error(logits.span(), expected::training_logits) < logits_tolerance);
  typename Net::OutputTensor dy(4);
  const double loss = nn::CrossEntropyLoss{}(logits, labels, dy.view());
  CHECK(loss == doctest::Approx(expected::loss[0]).epsilon(logits_tolerance));
  net.backward(dy);
  check_gradients(net, gradient_tolerance);
  check_statistics(net, gradient_tolerance);
}

}  // namespace

TEST_CASE("ResNet-18 computes what torchvision's computes: float") {
  check_network<float>(1e-4, 1e-3);
}

TEST_CASE("ResNet-18 computes what torchvision's computes: double") {
  check_network<double>(1e-9, 1e-9);
}

TEST_CASE("ResNet-18 computes what torchvision's computes: 224 pixels") {
  using Net = ResNet<224, float>;
  auto net = make_network<Net>();
  Net::InputTensor x(1);
  test::fill_uniform(x.view(), seed, 2001, 2);
  CHECK(test::relative_error(net.predict(x).span(), expected::large_image_logits) < 1e-4);
}

TEST_CASE("ResNet-18's parameters have torchvision's names, order and shapes") {
  std::size_t k = 0;
  for (const nn::LayerInfo& layer : ResNet<64, float>::layers()) {
    for (const nn::Parameter& p : layer.parameters) {
      const expected::Digest& digest = expected::gradients[k++];
      CHECK(p.name == digest.name);
      std::vector<Index> extents;
      for (const long extent : digest.extents) {
        if (extent > 0) extents.push_back(extent);
      }
      CHECK(p.extents == extents);
    }
  }
  CHECK(k == 62);
}

TEST_CASE("ResNets have the published sizes") {
  using Image = Shape<3, 224, 224>;
  using Two = nn::bind<models::ResNet18<2>, Image>;
  static_assert(Two::parameters == 11'177'538 && Two::prunable == 11'167'936);
  static_assert(nn::bind<models::ResNet18<1000>, Image>::parameters == 11'689'512);
  static_assert(nn::bind<models::ResNet34<1000>, Image>::parameters == 21'797'672);
  static_assert(nn::bind<models::ResNet34<1000>, Image>::buffers == 2 * 8'512);
  static_assert(std::is_same_v<Two::output, Shape<2>>);
  static_assert(nn::bind<models::ResNet18<2>, Shape<3, 64, 64>>::parameters == Two::parameters);

  // The convolutions' multiply-accumulates by hand: a stage has four 3x3 convolutions; but in all
  // stages after the first one the first of them has half of the inputs, and a 1x1 convolution
  // stands beside it.
  Index macs = Index{112} * 112 * 64 * 3 * 49;
  for (Index channels = 64, size = 56; channels <= 512; channels *= 2, size /= 2) {
    const Index inputs = channels == 64 ? 64 : channels / 2;
    macs += size * size * channels * 9 * (inputs + 3 * channels);
    if (inputs != channels) macs += size * size * channels * inputs;
  }
  CHECK(macs == 1'813'561'344);
  CHECK(Two::macs == macs + 512 * 2);
}
