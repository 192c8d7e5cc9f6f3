// What is const cannot be assigned to.
// expect: osteon: this view is read-only
// expect-regex: read_only<.*TensorView<const float, .*Shape<3>
#include <osteon/core/tensor.hpp>
#include <osteon/cpu/cpu.hpp>

int main() {
  osteon::Tensor<float, osteon::Shape<3>> a;
#if defined(OSTEON_CONTROL)
  a.view() = 1;
#else
  std::as_const(a).view() = 1;
#endif
}
