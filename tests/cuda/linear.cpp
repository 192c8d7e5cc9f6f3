#include "both.hpp"

namespace osteon {
namespace {

using test::Device;
using test::drawn;

ON_BOTH("cuda: the linear layer", 1e-13) {
  constexpr Index batch = 5, in = 37, out = 11;
  const auto x = drawn<double>(batch * in, 1), weight = drawn<double>(in * out, 2);
  const auto bias = drawn<double>(out, 3), dy = drawn<double>(batch * out, 4);
  auto y = drawn<double>(batch * out, 5);
  linear_forward(Device{}, batch, in, out, x.data(), weight.data(), bias.data(), y.data());
  record.add("y", y);
  for (const bool add : {false, true}) {
    auto dx = drawn<double>(batch * in, 6);
    linear_backward_input(Device{}, batch, in, out, dy.data(), weight.data(), dx.data(), add);
    record.add("dx", dx);
  }
  auto dweight = drawn<double>(in * out, 7), dbias = drawn<double>(out, 8);
  linear_backward_weight(Device{}, batch, in, out, x.data(), dy.data(), dweight.data(),
                         dbias.data());
  record.add("dweight", dweight);
  record.add("dbias", dbias);
}

}  // namespace
}  // namespace osteon
