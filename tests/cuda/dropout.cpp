#include "both.hpp"

namespace osteon {
namespace {

using test::Device;
using test::drawn;

ON_BOTH("cuda: dropout draws the same numbers on every device", 0) {
  for (const Index size : {Index{1}, Index{6}, Index{1001}}) {
    const auto x = drawn<float>(size, 1);
    auto y = drawn<float>(size, 2);
    dropout(Device{}, 0.3F, 42, 7, size, x.data(), y.data());
    record.add("y", y);
    const float* const from = y.data();
    dropout(Device{}, 0.5F, 43, 7, size, from, y.data());
    record.add("in place", y);
  }
}

}  // namespace
}  // namespace osteon
