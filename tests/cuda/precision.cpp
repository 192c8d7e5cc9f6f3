// The switches that trade the last bits for speed: cuDNN's benchmark and TF32. On Thrust's host
// system they do nothing.
#include <osteon/core/float16.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/inference.hpp>
#include <osteon/nn/nn.hpp>

#include "both.hpp"

#if !defined(OSTEON_TEST_REFERENCE)
#include <osteon/cuda/cudnn_benchmark.hpp>
#include <osteon/cuda/tf32.hpp>
#endif

#include <vector>

namespace osteon {
namespace {

using test::Device;
using test::draw;

/// ResNet-18's stem and a block with and without a shortcut of its own.
struct Layers : nn::Sequential<nn::Conv2d<64, 7, 2, 3, nn::no_bias>, nn::BatchNorm2d, nn::ReLU,
                               nn::MaxPool2d<3, 2, 1>, models::BasicBlock<64>,
                               models::BasicBlock<128, 2>, nn::GlobalAvgPool2d, nn::Linear<3>> {};
template <class T>
using Net = Model<Layers, Shape<3, 32, 32>, T, Device>;

#if !defined(OSTEON_TEST_REFERENCE)
/// A switch that is on while this lives.
class On {
 public:
  explicit On(void (*set)(bool)) : set_(set) { set_(true); }
  On(const On&) = delete;
  On& operator=(const On&) = delete;
  ~On() { set_(false); }

 private:
  void (*set_)(bool);
};
#endif

ON_BOTH("cuda: a network in TF32", 3e-3) {
#if !defined(OSTEON_TEST_REFERENCE)
  const On tf32(gpu::set_tf32);
#endif
  auto net = Net<float>::create(5);
  Net<float>::InputTensor x(4);
  draw(x.view(), 1);
  for (int i = 0; i < 3; ++i) record.add("logits", net.predict(x));
  auto fast = optimize_for_inference(net, 4);
  for (int i = 0; i < 3; ++i) record.add("optimised", fast.predict(x));
}

#if !defined(OSTEON_TEST_REFERENCE)
TEST_CASE("cuda: the plans that cuDNN's benchmark chooses compute the same") {
  using Half = Net<BFloat16>;
  auto net = Half::create(5);
  // Of a size that no other test has: cuDNN's plans are chosen when a convolution is first met.
  for (const Index batch : {5, 7}) {
    Half::InputTensor x(batch);
    draw(x.view(), 2);
    const auto values = [&](auto& model) {
      const auto logits = to_device<Cpu>(model.predict(x));
      std::vector<double> result;
      for (const BFloat16 value : logits.span()) result.push_back(static_cast<float>(value));
      return result;
    };
    // BFloat16 has 8 bits; errors add up over six convolutions.
    constexpr double tolerance = 0.03;
    const std::vector<double> as_it_is = values(net);
    std::vector<double> measured;
    {
      const On benchmark(gpu::set_cudnn_benchmark);
      auto fast = optimize_for_inference(net, batch);
      for (int i = 0; i < 3; ++i) {  // as it is, recorded, replayed
        measured = values(fast);
        CHECK(test::relative_error(measured, as_it_is) <= tolerance);
      }
    }
    auto plain = optimize_for_inference(net, batch);
    CHECK(test::relative_error(values(plain), measured) <= tolerance);
  }
}
#endif

}  // namespace
}  // namespace osteon
