#include <osteon/core/batch_norm.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/core/gradient.hpp>

#include "both.hpp"
#include "norm.hpp"

namespace osteon {
namespace {

using test::Device;
using test::draw;
using test::drawn;

/// Forward and backward of every combination of mode, ReLU and a gradient that is added to.
template <class T>
void normalize_and_pool(const Conv2dGeometry& g, test::Record& record) {
  const Index channels = g.in_channels, rows = g.batch * g.in_height * g.in_width;
  const Index in_size = rows * channels, out_size = g.rows() * channels;
  const auto x = drawn<T>(in_size, 1), dy = drawn<T>(out_size, 2);
  for (int i = 0; i < 8; ++i) {
    const bool training = (i & 1) != 0, relu = (i & 2) != 0, adds = (i & 4) != 0;
    test::DrawnNorm<T> drawn_norm(channels, 3);
    const BatchNorm<T> norm = drawn_norm.of(rows, training, relu);
    auto y = drawn<T>(out_size, 6);
    batch_norm_pool_forward(Device{}, norm, g, x.data(), y.data());
    record.add("y", y);
    record.add("running statistics", drawn_norm.running);

    auto dweight = drawn<T>(channels, 7), dbias = drawn<T>(channels, 8), dx = drawn<T>(in_size, 9);
    const T* const output = y.data();
    batch_norm_pool_backward(Device{}, norm, g, x.data(), output, dy.data(), dweight.data(),
                             dbias.data(), Gradient<T>{dx.data(), adds});
    record.add("dweight", dweight);
    record.add("dbias", dbias);
    record.add("dx", dx);
  }
}

constexpr Conv2dGeometry geometry(Index batch, Index channels, Index side) {
  const Index out = (side + 2 - 3) / 2 + 1;
  return {batch, channels, side, side, channels, out, out, 3, 2, 1};
}

ON_BOTH("cuda: batch normalisation and max pooling in double", 1e-12) {
  normalize_and_pool<double>(geometry(3, 5, 9), record);
  normalize_and_pool<double>(geometry(1, 3, 8), record);
}
ON_BOTH("cuda: batch normalisation and max pooling in float", 2e-5) {
  normalize_and_pool<float>(geometry(4, 17, 16), record);
  // Channels that a GPU reads 16 bytes at a time.
  normalize_and_pool<float>(geometry(4, 16, 16), record);
  normalize_and_pool<float>(geometry(3, 64, 9), record);
}

}  // namespace
}  // namespace osteon
