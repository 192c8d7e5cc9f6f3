// A kernel larger than its padded input is refused, with the layer and the input.
// expect: osteon: the kernel is larger than the padded input of this layer
// expect-regex: window<.*Conv2d<8, 7, 1, 1.*>, .*Shape<3, 4, 4>
#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/nn.hpp>

namespace nn = osteon::nn;

#if defined(OSTEON_CONTROL)
struct Layers : nn::Sequential<nn::Conv2d<8, 7, 1, 3>> {};
#else
struct Layers : nn::Sequential<nn::Conv2d<8, 7, 1, 1>> {};
#endif
using Net = osteon::Model<Layers, osteon::Shape<3, 4, 4>>;

int main() {
  auto net = Net::create(1);
  const Net::InputTensor x(1);
  (void)net.predict(x);
}
