// MaxPool2d takes images.
// expect: osteon: this layer takes images, Shape<channels, height, width>
// expect-regex: image_input<.*MaxPool2d<2.*>, .*Shape<16>
#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

namespace nn = osteon::nn;

#if defined(OSTEON_CONTROL)
struct Layers : nn::Sequential<nn::Linear<16>> {};
#else
struct Layers : nn::Sequential<nn::Linear<16>, nn::MaxPool2d<2>> {};
#endif
using Net = osteon::Model<Layers, osteon::Shape<32>>;

int main() {
  auto net = Net::create(1);
  const Net::InputTensor x(1);
  (void)net.predict(x);
}
