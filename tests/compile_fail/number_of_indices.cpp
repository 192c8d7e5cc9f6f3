// A tensor takes one index per axis.
// expect: osteon: one index per axis of the tensor's shape
// expect-regex: indices<2, 3>
#include <osteon/core/tensor.hpp>
#include <osteon/cpu/cpu.hpp>

int main() {
  osteon::Tensor<float, osteon::Shape<2, 3, 4>> a;
#if defined(OSTEON_CONTROL)
  a(1, 2, 0) = 5;
#else
  a(1, 2) = 5;
#endif
}
