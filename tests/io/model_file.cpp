#include <osteon/cpu/cpu.hpp>
#include <osteon/io/model_file.hpp>
#include <osteon/models/mlp.hpp>
#include <osteon/nn/model.hpp>
#include <osteon/nn/residual.hpp>

#include "temporary_folder.hpp"
#include <doctest/doctest.h>

#include <string>

namespace {

using namespace osteon;
using Small =
    nn::Sequential<nn::Named<"conv1", nn::Conv2d<4, 3, 1, 1>>, nn::Named<"bn1", nn::BatchNorm2d>,
                   nn::ReLU, nn::Flatten, nn::Named<"fc", nn::Linear<2>>>;
using Net = Model<Small, Shape<2, 4, 4>>;

bool equal(std::span<const float> a, std::span<const float> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

TEST_CASE("a saved model is read back bit for bit, with its metadata") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  auto net = Net::create(1);
  net.buffers()[3] = 0.25F;
  net.set_batches_tracked(17);
  io::save_model(path, net, {{"classes", "a, b"}});
  auto other = Net::create(2);
  CHECK(io::load_model(path, other).at("classes") == "a, b");
  CHECK(equal(net.parameters().span(), other.parameters().span()));
  CHECK(equal(net.buffers(), other.buffers()));
  CHECK(other.batches_tracked() == 17);
}

TEST_CASE("files hold PyTorch's names, shapes and element order") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  auto net = Net::create(1);
  io::save_model(path, net);
  const auto file = io::SafetensorsFile::read(path);
  CHECK(file.tensors().size() == 9);
  CHECK(file.at("conv1.weight").shape == std::vector<Index>{4, 2, 3, 3});
  CHECK(file.at("bn1.num_batches_tracked").shape.empty());
  CHECK(file.at("fc.weight").shape == std::vector<Index>{2, 64});
  // In memory the channels vary fastest, in the file the columns.
  const TensorView<const float, Shape<4, 2, 3, 3>, ChannelsLast> weight(net.parameters().data());
  const auto values = file.read_as<float>("conv1.weight");
  for (Index o = 0, i = 0; o < 4; ++o) {
    for (Index c = 0; c < 2; ++c) {
      for (Index h = 0; h < 3; ++h) {
        for (Index w = 0; w < 3; ++w) {
          CHECK(values[static_cast<std::size_t>(i++)] == weight(o, c, h, w));
        }
      }
    }
  }
}

TEST_CASE("a file of another network is refused by name, and the model stays as it was") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  using Other = Model<models::MLP<Shape<4>, 2>, Shape<3>>;
  io::save_model(path, Other::create(1));
  auto net = Net::create(1);
  const auto before = net;
  const std::string message = test::error_of([&] { io::load_model(path, net); });
  CHECK(message.find("is not a file of this network") != std::string::npos);
  CHECK(message.find("missing conv1.weight") != std::string::npos);
  CHECK(equal(net.parameters().span(), before.parameters().span()));

  using Wider = Model<
      nn::Sequential<nn::Named<"conv1", nn::Conv2d<4, 3, 1, 1>>, nn::Named<"bn1", nn::BatchNorm2d>,
                     nn::ReLU, nn::Flatten, nn::Named<"fc", nn::Linear<3>>>,
      Shape<2, 4, 4>>;
  io::save_model(path, Wider::create(1));
  CHECK(test::error_of([&] {
          io::load_model(path, net);
        }).find("fc.weight is [3, 64] in the file and [2, 64] in the network") !=
        std::string::npos);
}
