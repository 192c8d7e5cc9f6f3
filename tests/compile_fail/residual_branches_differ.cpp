// The branches of Residual must end in one shape; the message names both and the remedy.
// expect: osteon: the two branches of Residual must end in the same shape
// expect: Use Projection<channels, stride> as the shortcut
// expect-regex: branches<.*Shape<16, 4, 4>, .*Shape<8, 8, 8>
#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

namespace nn = osteon::nn;

#if defined(OSTEON_CONTROL)
struct Layers : nn::Residual<nn::Conv2d<16, 3, 2, 1>, nn::Projection<16, 2>> {};
#else
struct Layers : nn::Residual<nn::Conv2d<16, 3, 2, 1>> {};
#endif
using Net = osteon::Model<Layers, osteon::Shape<8, 8, 8>>;

int main() {
  auto net = Net::create(1);
  const Net::InputTensor x(1);
  (void)net.predict(x);
}
