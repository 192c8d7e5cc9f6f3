#include <osteon/cpu/cpu.hpp>
#include <osteon/io/load_weights.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/model.hpp>

#include "../data/shared_folder.hpp"
#include "temporary_folder.hpp"
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace osteon;
using osteon::test::error_of;
using osteon::test::TemporaryFolder;
using Names = std::vector<std::string>;

namespace {

template <Index Classes>
using Layers = nn::Sequential<
    nn::Named<"conv1", nn::Conv2d<2, 3, 1, 1, nn::no_bias>>, nn::Named<"bn1", nn::BatchNorm2d>,
    nn::ReLU, nn::Named<"conv2", nn::Conv2d<3, 3, 1, 1, nn::no_bias>>,
    nn::Named<"bn2", nn::BatchNorm2d>, nn::GlobalAvgPool2d, nn::Named<"fc", nn::Linear<Classes>>>;
template <Index Classes>
using Net = Model<Layers<Classes>, Shape<2, 4, 4>>;

/// A file of tensors whose elements are `value`.
void write(const std::filesystem::path& path,
           const std::vector<std::pair<std::string, std::vector<Index>>>& tensors,
           float value = 0.5F) {
  std::vector<std::vector<float>> values;
  std::vector<io::TensorToWrite> all;
  values.reserve(tensors.size());
  for (const auto& [name, shape] : tensors) {
    std::size_t size = 1;
    for (const Index extent : shape) size *= static_cast<std::size_t>(extent);
    all.push_back(io::tensor_to_write<float>(name, shape, values.emplace_back(size, value)));
  }
  io::write_safetensors(path, all);
}

template <class M>
std::vector<float> values_of(const M& model, const std::string& name) {
  for (const nn::LayerInfo& layer : M::layers()) {
    for (const nn::Parameter& p : layer.parameters)
      if (p.name == name) return {model.values(p).begin(), model.values(p).end()};
    for (const nn::NamedBuffer& b : layer.buffers)
      if (const auto part = nn::part(model.buffers(), b); b.name == name)
        return {part.begin(), part.end()};
  }
  return {};
}

std::vector<float> filled(std::size_t size, float value) { return std::vector(size, value); }

}  // namespace

TEST_CASE("load_weights: a whole file is loaded, and the head of other classes is left alone") {
  const TemporaryFolder folder;
  auto source = Net<5>::create(1);
  source.buffers()[1] = 3;
  source.set_batches_tracked(12);
  io::save_model(folder / "five", source);
  auto same = Net<5>::create(2);
  const auto complete = io::load_weights(folder / "five", same);
  CHECK(complete.complete());
  CHECK(complete.loaded.size() == 12);
  CHECK(std::ranges::equal(same.parameters().span(), source.parameters().span()));
  CHECK(std::ranges::equal(same.buffers(), source.buffers()));
  CHECK(same.batches_tracked() == 12);
  CHECK(to_string(complete).starts_with("complete: every tensor of the network was loaded\n"));

  auto other = Net<2>::create(2);
  const auto head = values_of(other, "fc.weight");
  const auto report = io::load_weights(folder / "five", other);
  CHECK_FALSE(report.complete());
  CHECK(report.loaded.size() == 10);
  CHECK(report.missing.empty());
  CHECK(report.unexpected.empty());
  CHECK(report.folded_biases.empty());
  REQUIRE(report.reshaped.size() == 2);
  CHECK(report.reshaped[0].name == "fc.weight");
  CHECK(report.reshaped[0].in_file == std::vector<Index>{5, 3});
  CHECK(report.reshaped[0].in_network == std::vector<Index>{2, 3});
  CHECK(values_of(other, "fc.weight") == head);
  CHECK(values_of(other, "conv2.weight") == values_of(source, "conv2.weight"));
  CHECK(to_string(report) ==
        "partial: what is missing or reshaped keeps its initial values\n"
        "  loaded       10   conv1.weight, bn1.{weight, bias, running_mean, running_var}, "
        "conv2.weight,\n"
        "                    bn2.{weight, bias, running_mean, running_var}\n"
        "  reshaped      2   fc.weight [5, 3] in the file, [2, 3] in the network,\n"
        "                    fc.bias [5] in the file, [2] in the network\n");
}

TEST_CASE("load_weights: folded batch normalisation is recognised by the convolution's bias") {
  const TemporaryFolder folder;
  // conv2's weight is missing: its bias alone is of no use.
  write(folder / "folded", {{"conv1.weight", {2, 2, 3, 3}},
                            {"conv1.bias", {2}},
                            {"conv2.bias", {3}},
                            {"fc.weight", {2, 3}},
                            {"fc.bias", {2}},
                            {"extra", {4}}});
  auto net = Net<2>::create(1);
  const auto report = io::load_weights(folder / "folded", net);
  CHECK(report.loaded == Names{"conv1.weight", "fc.weight", "fc.bias"});
  CHECK(report.missing ==
        Names{"conv2.weight", "bn2.weight", "bn2.bias", "bn2.running_mean", "bn2.running_var"});
  CHECK(report.unexpected == Names{"conv2.bias", "extra"});
  REQUIRE(report.folded_biases.size() == 1);
  CHECK(report.folded_biases.at("conv1") == filled(2, 0.5F));
  CHECK(values_of(net, "conv1.weight") == filled(36, 0.5F));
  CHECK(values_of(net, "bn1.weight") == filled(2, 1));
  const std::string table = to_string(report);
  CHECK(table.find("folded        1   conv1\n") != std::string::npos);
  CHECK(
      table.find("missing       5   conv2.weight, bn2.{weight, bias, running_mean, running_var}") !=
      std::string::npos);
  CHECK(table.find("unexpected    2   conv2.bias, extra\n") != std::string::npos);

  // With nothing else missing the file is complete; batch normalisation is only to be restored.
  write(folder / "all", {{"conv1.weight", {2, 2, 3, 3}},
                         {"conv1.bias", {2}},
                         {"conv2.weight", {3, 2, 3, 3}},
                         {"conv2.bias", {3}},
                         {"fc.weight", {2, 3}},
                         {"fc.bias", {2}}});
  CHECK(io::load_weights(folder / "all", net).complete());
}

TEST_CASE("load_weights: an error leaves the network as it was") {
  const TemporaryFolder folder;
  auto net = Net<2>::create(1);
  const auto before = net;
  const auto message = [&](const char* name) {
    const std::string text =
        error_of([&] { static_cast<void>(io::load_weights(folder / name, net)); });
    CHECK(std::ranges::equal(net.parameters().span(), before.parameters().span()));
    CHECK(std::ranges::equal(net.buffers(), before.buffers()));
    return text;
  };
  write(folder / "nan", {{"conv1.weight", {2, 2, 3, 3}}, {"fc.bias", {2}}},
        std::numeric_limits<float>::quiet_NaN());
  CHECK(message("nan").find("nan: tensor \"conv1.weight\": element 0 is not a finite number") !=
        std::string::npos);
  write(folder / "late", {{"conv1.weight", {2, 2, 3, 3}}});
  std::string content = io::read_file(folder / "late");
  content[content.size() - 1] = '\x7F';
  content[content.size() - 2] = '\x80';  // the last element is infinite
  io::write_file(folder / "late", content);
  CHECK(message("late").find("element 35 is not a finite number") != std::string::npos);
  write(folder / "other", {{"features.0.weight", {2, 2, 3, 3}}});
  CHECK(message("other").find("none of its 1 tensors fits the network, neither by name nor by "
                              "shape: it has \"features.0.weight\", the network "
                              "\"conv1.weight\"") != std::string::npos);
  CHECK(message("nowhere").find("check the path") != std::string::npos);
  io::write_file(folder / "zip", "PK\x03\x04 and so on, more than eight bytes");
  CHECK(message("zip").find("is a zip archive, as torch.save() writes it") != std::string::npos);
}

TEST_CASE("load_weights: ImageNet's folded ResNet-18, of which four weights are missing") {
  const auto folder = osteon::test::shared_folder("weights");
  if (!folder) return;
  using ResNet = Model<models::ResNet18<2>, Shape<3, 64, 64>>;
  auto net = ResNet::create(1);
  const auto report =
      io::load_weights(*folder / "resnet18_imagenet_bnfolded_partial.safetensors", net);
  CHECK(report.loaded.size() == 16);
  CHECK(report.folded_biases.size() == 16);
  CHECK(report.missing.size() == 4 * 5);
  CHECK(report.unexpected.size() == 4);
  CHECK(report.reshaped.size() == 2);
  CHECK_FALSE(report.complete());
}
