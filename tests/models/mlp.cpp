#include <osteon/cpu/cpu.hpp>
#include <osteon/models/mlp.hpp>
#include <osteon/nn/model.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace osteon;

TEST_CASE("MLP: counts, names and types") {
  using Net = Model<models::MLP<Shape<300, 100>, 10>, Shape<1, 28, 28>>;
  static_assert(Net::parameter_count == 266'610);
  static_assert(Net::prunable_count == 266'200 && Net::macs == 266'200);
  static_assert(std::is_same_v<Net::output_shape, Shape<10>>);
  std::vector<std::string> types;
  for (const auto& layer : Net::layers()) types.push_back(layer.type);
  CHECK(types == std::vector<std::string>{"Flatten", "Linear(784, 300)", "ReLU", "Linear(300, 100)",
                                          "ReLU", "Linear(100, 10)"});
}

TEST_CASE("MLP: computes relu(x w1) w2, and takes vectors as well as images") {
  using Net = Model<models::MLP<Shape<2>, 1, false>, Shape<2>>;
  static_assert(Net::parameter_count == 6);
  auto net = Net::create(0);
  const Tensor<float, Shape<6>> weights{1, 2, 3, -4, 5, 6};
  net.parameters() = weights.view();
  const Net::InputTensor x(2, {1, 1, 1, -1});
  const auto y = net.predict(x);
  CHECK(y(0, 0) == 5 * 3 + 6 * 0);
  CHECK(y(1, 0) == 5 * 0 + 6 * 7);
}
