// Operands in different layouts are refused, with both layouts in the message.
// expect: osteon: elementwise operands must have the same layout; convert one with to_layout
// expect-regex: layouts<.*Contiguous, .*ChannelsLast
#include <osteon/core/tensor.hpp>
#include <osteon/cpu/cpu.hpp>

int main() {
  using Image = osteon::Shape<osteon::dynamic, 3, 8, 8>;
  osteon::Tensor<float, Image, osteon::Contiguous> a(2);
  osteon::Tensor<float, Image, osteon::ChannelsLast> b(2);
#if defined(OSTEON_CONTROL)
  const auto c = osteon::to_layout<osteon::Contiguous>(b);
  a = a + c;
#else
  a = a + b;
#endif
}
