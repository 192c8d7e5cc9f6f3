// A channel vector of the wrong length is refused, with both lengths in the message.
// expect: osteon: channel(v) must have one value per channel
// expect-regex: channels<4, 3>
#include <osteon/core/tensor.hpp>
#include <osteon/cpu/cpu.hpp>

int main() {
  osteon::Tensor<float, osteon::Shape<osteon::dynamic, 3, 8, 8>> x(2);
#if defined(OSTEON_CONTROL)
  osteon::Tensor<float, osteon::Shape<3>> v;
#else
  osteon::Tensor<float, osteon::Shape<4>> v;
#endif
  x = x * channel(v);
}
