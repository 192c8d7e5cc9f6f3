// Linear takes vectors; the message names the layer, what it was given, and the remedy.
// expect: osteon: this layer takes a vector; put Flatten or GlobalAvgPool2d before it
// expect-regex: flat_input<.*Linear<10.*>, .*Shape<3, 8, 8>
#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

namespace nn = osteon::nn;

#if defined(OSTEON_CONTROL)
struct Layers : nn::Sequential<nn::Flatten, nn::Linear<10>> {};
#else
struct Layers : nn::Sequential<nn::Linear<10>> {};
#endif
using Net = osteon::Model<Layers, osteon::Shape<3, 8, 8>>;

int main() {
  auto net = Net::create(1);
  const Net::InputTensor x(1);
  (void)net.predict(x);
}
