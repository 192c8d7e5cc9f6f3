// The elements of another device's memory cannot be read one by one on the host.
// expect: osteon: the host cannot read this device's memory; copy the tensor with
// expect-regex: host_access<.*Elsewhere
#include <osteon/core/tensor.hpp>

struct Elsewhere {};

float first(const osteon::TensorView<float, osteon::Shape<3>, osteon::Contiguous, Elsewhere>& x) {
#if defined(OSTEON_CONTROL)
  return x.data() != nullptr ? 1.0F : 0.0F;
#else
  return x(0);
#endif
}
