#include "both.hpp"

namespace osteon {
namespace {

using test::Device;
using test::drawn;

ON_BOTH("cuda: elementwise operations of layers", 0) {
  constexpr Index size = 1003;
  const auto a = drawn<float>(size, 1), b = drawn<float>(size, 2);
  for (const bool flag : {false, true}) {
    auto y = drawn<float>(size, 3);
    add_forward(Device{}, size, a.data(), b.data(), flag, y.data());
    record.add("add_forward", y);
    relu_backward(Device{}, size, b.data(), a.data(), y.data(), flag);
    record.add("relu_backward", y);
  }
  auto y = drawn<float>(size, 4);
  accumulate(Device{}, size, a.data(), y.data());
  record.add("accumulate", y);
  relu_forward(Device{}, size, static_cast<const float*>(y.data()), y.data());
  record.add("relu_forward in place", y);
  copy(Device{}, size, a.data(), y.data());
  record.add("copy", y);
}

}  // namespace
}  // namespace osteon
