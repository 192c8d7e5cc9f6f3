// An expression that would outlive one of its tensors is refused.
// expect: osteon: an expression cannot keep a temporary tensor
// expect-regex: temporary<.*Tensor<float, .*Shape<3>
#include <osteon/core/tensor.hpp>
#include <osteon/cpu/cpu.hpp>

using Vector = osteon::Tensor<float, osteon::Shape<3>>;

Vector make() { return {1, 2, 3}; }

int main() {
  Vector a;
#if defined(OSTEON_CONTROL)
  const Vector b = make();
  a = a + b;
#else
  a = a + make();
#endif
}
