#include <osteon/cpu/cpu.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/model.hpp>
#include <osteon/nn/summary.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace osteon;

TEST_CASE("the summary has a line per layer, with shape, parameters, MACs and density") {
  using Net = Model<models::ResNet18<2>, Shape<3, 64, 64>>;
  auto net = Net::create(1);
  net.for_each_parameter([](const nn::Parameter& parameter, std::span<float> values) {
    if (parameter.name == "layer1.0.conv1.weight") {
      std::fill_n(values.begin(), values.size() / 4, 0.0F);
    }
  });
  const std::string text = nn::summary(net, 16);
  CHECK(std::ranges::count(text, '\n') == static_cast<long>(Net::layers().size()) + 2);
  const auto line = [&](const std::string& name) {
    const auto begin = text.find("\n" + name + " ") + 1;
    REQUIRE(begin != 0);
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  const std::string conv = line("layer1.0.conv1");
  CHECK(conv.find("Conv2d(64, 64, kernel 3, padding 1)") != std::string::npos);
  CHECK(conv.find("64x16x16") != std::string::npos);
  CHECK(conv.find("36864") != std::string::npos);
  CHECK(conv.find("9.44 M") != std::string::npos);
  CHECK(conv.ends_with("0.7500  Winograd 4x4"));
  CHECK(line("conv1").ends_with("1.0000  direct"));
  CHECK(line("layer1.0.bn1").ends_with("M"));
  CHECK(line("all").find("11177538") != std::string::npos);
  CHECK(line("all").find("148.05 M") != std::string::npos);
}
