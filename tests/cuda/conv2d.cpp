#include <osteon/core/epilogue.hpp>

#include "both.hpp"
#include "geometries.hpp"

namespace osteon {
namespace {

using test::Device;
using test::drawn;

template <class T>
void convolve(test::Record& record) {
  for (const Conv2dGeometry& g : test::geometries()) {
    const Index outputs = g.rows() * g.out_channels;
    const Index inputs = g.batch * g.in_height * g.in_width * g.in_channels;
    const auto x = drawn<T>(inputs, 1), weight = drawn<T>(g.weights(), 2);
    const auto bias = drawn<T>(g.out_channels, 3), dy = drawn<T>(outputs, 4);
    auto y = drawn<T>(outputs, 5);
    conv2d_forward(Device{}, g, x.data(), weight.data(), bias.data(), y.data());
    record.add("y with bias", y);
    conv2d_forward(Device{}, g, x.data(), weight.data(), static_cast<const T*>(nullptr), y.data());
    record.add("y", y);
    for (const bool add : {false, true}) {
      auto dx = drawn<T>(inputs, 6);
      conv2d_backward_input(Device{}, g, dy.data(), weight.data(), dx.data(), add);
      record.add("dx", dx);
    }
    auto dweight = drawn<T>(g.weights(), 7), dbias = drawn<T>(g.out_channels, 8);
    conv2d_backward_weight(Device{}, g, x.data(), dy.data(), dweight.data(), dbias.data());
    record.add("dweight", dweight);
    record.add("dbias", dbias);
  }
}
ON_BOTH("cuda: convolutions in float", 1e-5) { convolve<float>(record); }
ON_BOTH("cuda: convolutions in double", 1e-13) { convolve<double>(record); }

template <class T>
void convolve_packed(test::Record& record) {
  for (const Conv2dGeometry& g : test::geometries()) {
    const Index outputs = g.rows() * g.out_channels;
    const auto x = drawn<T>(g.batch * g.in_height * g.in_width * g.in_channels, 1);
    const auto weight = drawn<T>(g.weights(), 2), bias = drawn<T>(g.out_channels, 3);
    const Conv2dAlgorithm algorithm = conv2d_algorithm<T>(Device{}, g);
    Buffer<T, Device> packed(
        static_cast<std::size_t>(conv2d_packed_size<T>(Device{}, g, algorithm)));
    conv2d_pack(Device{}, g, algorithm, weight.data(), packed.data());
    for (const bool biased : {false, true}) {
      auto y = drawn<T>(outputs, 4);  // the addend is y
      const Epilogue<T> epilogue{biased ? bias.data() : nullptr, y.data(), true};
      conv2d_forward_packed(Device{}, g, algorithm, x.data(), static_cast<const T*>(packed.data()),
                            epilogue, y.data());
      record.add("y", y);
    }
  }
}
ON_BOTH("cuda: convolutions with a packed weight and an epilogue in float", 1e-5) {
  convolve_packed<float>(record);
}
ON_BOTH("cuda: convolutions with a packed weight and an epilogue in double", 1e-13) {
  convolve_packed<double>(record);
}

}  // namespace
}  // namespace osteon
