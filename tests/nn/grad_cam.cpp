#include <osteon/cpu/cpu.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/grad_cam.hpp>
#include <osteon/nn/nn.hpp>

#include "../reference.hpp"
#include "grad_cam_reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace osteon;

namespace {

using Branch = nn::Sequential<nn::Named<"conv2", nn::Conv2d<6, 3, 2, 1, nn::no_bias>>,
                              nn::Named<"bn2", nn::BatchNorm2d>>;
using Small = nn::Sequential<nn::Named<"conv1", nn::Conv2d<4, 3, 1, 1, nn::no_bias>>,
                             nn::Named<"bn1", nn::BatchNorm2d>, nn::ReLU,
                             nn::Named<"block", nn::Residual<Branch, nn::Projection<6, 2>>>,
                             nn::ReLU, nn::GlobalAvgPool2d, nn::Named<"fc", nn::Linear<3>>>;

/// Parameters and statistics as grad_cam_reference.py draws them.
template <class M>
M drawn() {
  using T = typename M::value_type;
  auto model = M::create(0);
  std::uint64_t k = 0;
  model.for_each_parameter([&](const nn::Parameter& parameter, std::span<T> values) {
    for (Index i = 0; i < parameter.size; ++i)
      values[static_cast<std::size_t>(parameter.storage_index(i))] =
          static_cast<T>(test::uniform(1, k, i, 0.5));
    ++k;
  });
  k = 0;
  for (const nn::LayerInfo& layer : M::layers())
    for (const nn::NamedBuffer& buffer : layer.buffers) {
      const auto values = nn::part(model.buffers(), buffer);
      const double centre = buffer.name.ends_with("running_var") ? 1 : 0;
      for (Index i = 0; i < buffer.size; ++i)
        values[static_cast<std::size_t>(i)] = static_cast<T>(test::uniform(4, k, i, 0.5, centre));
      ++k;
    }
  return model;
}

}  // namespace

TEST_CASE_TEMPLATE("grad_cam: PyTorch's maps, at any layer and for any class", T, float, double) {
  namespace torch = test::grad_cam;
  using M = Model<Small, Shape<2, 9, 8>, T>;
  constexpr double tolerance = std::is_same_v<T, float> ? 1e-5 : 1e-10;
  auto model = drawn<M>();
  typename M::InputTensor x(1);
  test::fill_uniform(x.view(), 2, 0);

  const auto last = nn::grad_cam(model, x, 0);
  CHECK((last.height == 5 && last.width == 4));
  CHECK(test::relative_error(last.map, torch::block0) < tolerance);
  CHECK(last.score == doctest::Approx(torch::logits[0]).epsilon(tolerance));
  CHECK(test::relative_error(nn::grad_cam(model, x, 1).map, torch::block1) < tolerance);
  const auto named = nn::grad_cam(model, x, 1, "block");
  CHECK(test::relative_error(named.map, torch::block1) < tolerance);
  CHECK(named.score == doctest::Approx(torch::logits[1]).epsilon(tolerance));

  const auto first = nn::grad_cam(model, x, 0, "bn1");
  CHECK((first.height == 9 && first.width == 8));
  CHECK(test::relative_error(first.map, torch::stem0) < tolerance);
  CHECK(test::relative_error(nn::grad_cam(model, x, 1, "bn1").map, torch::stem1) < tolerance);
}

TEST_CASE("grad_cam: in closed form behind global average pooling") {
  // The logit is the mean over pixels of sum_k W[c, k] A_k, so the map is ReLU of that sum over the
  // number of pixels, and A is the image itself.
  using M =
      Model<nn::Sequential<nn::Conv2d<2, 1, 1, 0, nn::no_bias>, nn::GlobalAvgPool2d, nn::Linear<2>>,
            Shape<2, 3, 2>, double>;
  auto model = M::create(1);
  const auto set = [&](std::size_t layer, std::size_t parameter, std::vector<double> values) {
    std::ranges::copy(values, model.values(M::layers()[layer].parameters[parameter]).begin());
  };
  set(0, 0, {1, 0, 0, 1});
  set(2, 0, {3, -1, -2, 0.5});
  set(2, 1, {10, 20});
  const M::InputTensor x(1, {1, 2, 0, -1, 4, 0, /* the second channel: */ 0, 3, 6, 1, 2, -12});
  const auto cam = nn::grad_cam(model, x, 0);
  CHECK(cam.score == doctest::Approx(3.0 * 1 - 0 + 10));
  const double expected[] = {3, 3, 0, 0, 10, 12};
  for (std::size_t p = 0; p < 6; ++p) CHECK(cam.map[p] == doctest::Approx(expected[p] / 6));
  const auto other = nn::grad_cam(model, x, 1);
  const double opposite[] = {0, 0, 3, 2.5, 0, 0};
  for (std::size_t p = 0; p < 6; ++p) CHECK(other.map[p] == doctest::Approx(opposite[p] / 6));
  CHECK(std::ranges::all_of(model.gradients().span(), [](double g) { return g == 0; }));
}

TEST_CASE("grad_cam: ResNet-18's last stage is layer4; others by name") {
  using M = Model<models::ResNet18<2>, Shape<3, 64, 64>>;
  auto model = M::create(1);
  M::InputTensor x(1);
  test::fill_uniform(x.view(), 2, 0);
  const auto last = nn::grad_cam(model, x, 1);
  CHECK((last.height == 2 && last.width == 2));
  CHECK(nn::grad_cam(model, x, 1, "layer4").map == last.map);
  CHECK(nn::grad_cam(model, x, 1, "layer4.1.bn2").map == last.map);
  CHECK(nn::grad_cam(model, x, 1, "layer3").height == 4);
  CHECK(nn::grad_cam(model, x, 1, "layer1").height == 16);
}

TEST_CASE("grad_cam: what is not there is said") {
  using M = Model<Small, Shape<2, 9, 8>>;
  auto model = M::create(1);
  M::InputTensor x(1), two(2);
  const auto message = [](const auto& action) -> std::string {
    try {
      static_cast<void>(action());
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK(message([&] { return nn::grad_cam(model, x, 3); }) == "class 3 is not one of 3 classes");
  CHECK(message([&] { return nn::grad_cam(model, two, 0); }).find("one image at a time") !=
        std::string::npos);
  for (const char* layer : {"fc", "bl", "block.conv2.weight"})
    CHECK(message([&] {
            return nn::grad_cam(model, x, 0, layer);
          }).find("no convolution or batch normalisation is in a layer") != std::string::npos);
  auto flat = Model<nn::Sequential<nn::Linear<2>>, Shape<4>>::create(1);
  const Tensor<float, Shape<dynamic, 4>, ChannelsLast> vector(1);
  CHECK(message([&] {
          return nn::grad_cam(flat, vector, 0);
        }).find("image of more than one pixel") != std::string::npos);
}
