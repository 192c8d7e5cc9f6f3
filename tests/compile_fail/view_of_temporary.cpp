// A view of a temporary tensor would dangle at once.
// expect-regex: error: (use of deleted function|call to deleted member function) .*view
#include <osteon/core/tensor.hpp>
#include <osteon/cpu/cpu.hpp>

using Vector = osteon::Tensor<float, osteon::Shape<3>>;

Vector make() { return {1, 2, 3}; }

int main() {
#if defined(OSTEON_CONTROL)
  const Vector named = make();
  const auto view = named.view();
  return static_cast<int>(view(0));
#else
  make().view();
#endif
}
