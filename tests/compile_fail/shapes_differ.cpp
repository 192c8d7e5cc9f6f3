// An elementwise operation on two shapes is refused, with both shapes in the message.
// expect: osteon: elementwise operands must have the same shape
// expect-regex: shapes<.*Shape<2, 3>.*Shape<3, 2>
#include <osteon/core/tensor.hpp>
#include <osteon/cpu/cpu.hpp>

int main() {
  osteon::Tensor<float, osteon::Shape<2, 3>> a;
#if defined(OSTEON_CONTROL)
  osteon::Tensor<float, osteon::Shape<2, 3>> b;
#else
  osteon::Tensor<float, osteon::Shape<3, 2>> b;
#endif
  a = a + b;
}
