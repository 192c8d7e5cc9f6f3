#include <osteon/cpu/cpu.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>

#include "../reference.hpp"
#include "allocations.hpp"
#include <doctest/doctest.h>

#include <utility>

using namespace osteon;

namespace {

/// Trained a little, so that running statistics and biases are not what they are at first.
template <class Net, class Input, class T>
Model<Net, Input, T> trained() {
  using M = Model<Net, Input, T>;
  auto model = M::create(3);
  typename M::InputTensor x(4);
  test::fill_uniform(x.view(), 1, 0, 1.5, 0.2);
  for (std::uint64_t step = 0; step < 2; ++step) (void)model.forward(x, nn::Mode::training, step);
  for (Index i = 0; i < M::parameter_count; ++i) {
    model.parameters().data()[i] += static_cast<T>(test::uniform(9, 9, i, 0.02));
  }
  return model;
}

template <class Net, class Input, class T>
void check_equal(double tolerance) {
  auto model = trained<Net, Input, T>();
  using M = decltype(model);
  auto fast = optimize_for_inference(model, 5);
  for (const Index batch : {5, 1, 3}) {
    typename M::InputTensor x(batch);
    test::fill_uniform(x.view(), 1, 1, 1.5, 0.2);
    const auto expected = test::logical_values(model.predict(x));
    CHECK(test::relative_error(test::logical_values(fast.predict(x)), expected) < tolerance);
  }
}

using Small = nn::Sequential<nn::Conv2d<6, 3, 1, 1>, nn::BatchNorm2d, nn::ReLU, nn::Dropout<30>,
                             nn::AvgPool2d<2>, nn::BatchNorm2d,
                             nn::Residual<nn::Sequential<nn::Conv2d<6, 3, 1, 1>, nn::ReLU>>,
                             nn::Flatten, nn::Linear<5>, nn::ReLU, nn::Linear<2>>;

/// A stem and two blocks, with channels enough for Winograd's form.
using Branch = nn::Sequential<nn::Conv2d<64, 3, 1, 1, nn::no_bias>, nn::BatchNorm2d, nn::ReLU,
                              nn::Conv2d<64, 3, 1, 1, nn::no_bias>, nn::BatchNorm2d>;
using Blocks = nn::Sequential<nn::Conv2d<64, 3, 1, 1, nn::no_bias>, nn::BatchNorm2d, nn::ReLU,
                              nn::MaxPool2d<2>, nn::Residual<Branch>, nn::ReLU,
                              nn::Conv2d<64, 3, 2, 1>, nn::GlobalAvgPool2d, nn::Linear<2>>;

}  // namespace

TEST_CASE("optimize_for_inference: the outputs are the model's") {
  SUBCASE("double: only the order of the sums differs") {
    check_equal<Small, Shape<3, 8, 6>, double>(1e-12);
  }
  SUBCASE("float") {
    check_equal<Blocks, Shape<3, 16, 16>, float>(1e-4);
    check_equal<nn::Sequential<nn::Linear<12>, nn::ReLU, nn::Linear<5>>, Shape<7>, float>(1e-5);
  }
}

TEST_CASE("optimize_for_inference: ResNet-18" * doctest::test_suite("slow")) {
  check_equal<models::ResNet18<2>, Shape<3, 32, 32>, double>(1e-10);
  check_equal<models::ResNet18<2>, Shape<3, 64, 64>, float>(1e-3);
}

TEST_CASE("optimize_for_inference: later changes of the model do not reach it") {
  auto model = trained<Small, Shape<3, 8, 6>, float>();
  auto fast = optimize_for_inference(model);
  decltype(model)::InputTensor x(1);
  test::fill_uniform(x.view(), 1, 1);
  const auto before = test::logical_values(fast.predict(x));
  model.parameters() = 0.0F;
  CHECK(test::logical_values(fast.predict(x)) == before);
  auto moved = std::move(fast);
  CHECK(test::logical_values(moved.predict(x)) == before);
}

TEST_CASE("InferenceModel: a batch that it was not prepared for is an error") {
  const auto model = trained<Small, Shape<3, 8, 6>, float>();
  auto fast = optimize_for_inference(model, 2);
  decltype(fast)::InputTensor x(3);
  CHECK_THROWS_WITH_AS((void)fast.predict(x),
                       "this model was prepared for batches of 1 to 2 samples, not 3", Error);
  CHECK_THROWS_AS((void)optimize_for_inference(model, 0), Error);
}

TEST_CASE("InferenceModel: nothing is allocated after the first call") {
  const auto model = Model<Blocks, Shape<3, 16, 16>>::create(1);
  for (const int threads : {1, 3}) {
    const int before = cpu::num_threads();
    cpu::set_num_threads(threads);
    auto fast = optimize_for_inference(model, 4);
    decltype(fast)::InputTensor x(4);
    test::fill_uniform(x.view(), 1, 1);
    (void)fast.predict(x);
    const long until_now = test::allocations();
    for (int i = 0; i < 100; ++i) (void)fast.predict(x);
    CHECK(test::allocations() == until_now);
    cpu::set_num_threads(before);
  }
}
