#include <osteon/core/geometry.hpp>

#include "both.hpp"

#include <limits>

namespace osteon {
namespace {

using test::Device;
using test::draw;
using test::drawn;

Conv2dGeometry geometry(Index height, Index width, Index kernel, Index stride, Index padding) {
  constexpr Index batch = 2, channels = 5;
  const Index out_height = (height + 2 * padding - kernel) / stride + 1;
  const Index out_width = (width + 2 * padding - kernel) / stride + 1;
  return {batch, channels, height, width, channels, out_height, out_width, kernel, stride, padding};
}
const std::vector<Conv2dGeometry> geometries{geometry(8, 8, 2, 2, 0), geometry(9, 7, 3, 2, 1),
                                             geometry(7, 9, 3, 1, 1), geometry(10, 6, 2, 3, 0),
                                             geometry(5, 5, 5, 5, 0)};

/// Numbers of few kinds, so that windows have several largest values, and one NaN.
Buffer<double, Device> coarse(Index size) {
  Buffer<double, Device> x(static_cast<std::size_t>(size));
  HostMirror mirror(Device{}, x.data(), size);
  for (Index i = 0; i < size; ++i) mirror[i] = static_cast<double>(i * 7919 % 11 % 4) - 2;
  mirror.write_back();
  return x;
}

ON_BOTH("cuda: pooling", 1e-15) {
  for (const Conv2dGeometry& g : geometries) {
    const Index inputs = g.batch * g.in_height * g.in_width * g.in_channels;
    const Index outputs = g.rows() * g.out_channels;
    const auto dy = drawn<double>(outputs, 1);
    const auto x = coarse(inputs);
    auto y = drawn<double>(outputs, 2);
    max_pool2d_forward(Device{}, g, x.data(), y.data());
    record.add("the largest", y);
    for (const bool add : {false, true}) {
      auto dx = drawn<double>(inputs, 3);
      const double* const largest = y.data();
      max_pool2d_backward(Device{}, g, x.data(), largest, dy.data(), dx.data(), add);
      record.add("the largest's gradient", dx);
      draw(dx.data(), inputs, 3);
      avg_pool2d_backward(Device{}, g, dy.data(), dx.data(), add);
      record.add("the mean's gradient", dx);
    }
    avg_pool2d_forward(Device{}, g, x.data(), y.data());
    record.add("the mean", y);
  }
}

ON_BOTH("cuda: max pooling hands on what is not a number", 0) {
  const Conv2dGeometry g = geometry(4, 4, 2, 2, 0);
  const Index inputs = g.batch * g.in_height * g.in_width * g.in_channels;
  auto x = drawn<double>(inputs, 1);
  HostMirror mirror(Device{}, x.data(), inputs);
  for (Index i = 0; i < inputs; i += 13) mirror[i] = std::numeric_limits<double>::quiet_NaN();
  mirror.write_back();
  auto y = drawn<double>(g.rows() * g.out_channels, 2);
  max_pool2d_forward(Device{}, g, static_cast<const double*>(x.data()), y.data());
  HostMirror outputs(Device{}, y.data(), static_cast<Index>(y.size()));
  std::vector<double> is_number;
  for (const double value : outputs.span()) is_number.push_back(value == value ? value : 1e6);
  record.add("NaN written as 1e6", is_number);
}

ON_BOTH("cuda: global average pooling", 1e-15) {
  constexpr Index batch = 3, pixels = 12, channels = 7;
  const auto x = drawn<double>(batch * pixels * channels, 1);
  auto y = drawn<double>(batch * channels, 2);
  global_avg_pool2d_forward(Device{}, batch, pixels, channels, x.data(), y.data());
  record.add("y", y);
  for (const bool add : {false, true}) {
    auto dx = drawn<double>(batch * pixels * channels, 3);
    const double* const dy = y.data();
    global_avg_pool2d_backward(Device{}, batch, pixels, channels, dy, dx.data(), add);
    record.add("dx", dx);
  }
}

}  // namespace
}  // namespace osteon
