#include "both.hpp"

namespace osteon {
namespace {

using test::Device;
using test::drawn;

ON_BOTH("cuda: pixels of channels and planes", 0) {
  const auto x = drawn<float>(3 * 4 * 5, 1);
  auto y = drawn<float>(3 * 4 * 5, 2);
  transpose_pixels(Device{}, 3, 4, 5, x.data(), y.data());
  record.add("(3, 4, 5)", y);
  transpose_pixels(Device{}, 3, 5, 4, x.data(), y.data());
  record.add("(3, 5, 4)", y);
}

}  // namespace
}  // namespace osteon
