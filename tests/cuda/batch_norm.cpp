#include <osteon/core/batch_norm.hpp>
#include <osteon/core/gradient.hpp>

#include "both.hpp"
#include "norm.hpp"

namespace osteon {
namespace {

using test::Device;
using test::draw;
using test::drawn;

/// Forward and backward of every combination of mode, ReLU and addend.
template <class T>
void normalize(Index rows, Index channels, test::Record& record) {
  const Index size = rows * channels;
  const auto x = drawn<T>(size, 1), addend = drawn<T>(size, 2), dy = drawn<T>(size, 3);
  for (int i = 0; i < 8; ++i) {
    const bool training = (i & 1) != 0, relu = (i & 2) != 0, adds = (i & 4) != 0;
    test::DrawnNorm<T> drawn_norm(channels, 4);
    const BatchNorm<T> norm = drawn_norm.of(rows, training, relu);
    auto y = drawn<T>(size, 7);
    batch_norm_forward(Device{}, norm, x.data(), adds ? addend.data() : nullptr, y.data());
    record.add("y", y);
    record.add("running statistics", drawn_norm.running);
    record.add("kept statistics", drawn_norm.kept);

    auto dweight = drawn<T>(channels, 8), dbias = drawn<T>(channels, 9);
    auto dx = drawn<T>(size, 10), daddend = drawn<T>(size, 11);
    const Gradient<T> to_addend{adds ? daddend.data() : nullptr, relu};
    const T* const output = y.data();
    batch_norm_backward(Device{}, norm, x.data(), output, dy.data(), adds, dweight.data(),
                        dbias.data(), Gradient<T>{dx.data(), training}, to_addend);
    record.add("dweight", dweight);
    record.add("dbias", dbias);
    record.add("dx", dx);
    record.add("daddend", daddend);

    // dx may lie where dy does.
    copy(Device{}, size, dy.data(), dx.data());
    const T* const in_place = dx.data();
    batch_norm_backward(Device{}, norm, x.data(), output, in_place, adds, dweight.data(),
                        dbias.data(), Gradient<T>{dx.data(), false}, Gradient<T>{});
    record.add("dx in place of dy", dx);
  }
}

ON_BOTH("cuda: batch normalisation in double", 1e-12) {
  normalize<double>(150, 6, record);
  normalize<double>(1, 3, record);
}
ON_BOTH("cuda: batch normalisation in float", 2e-5) {
  normalize<float>(999, 17, record);
  // Channels that a GPU reads 16 bytes at a time.
  normalize<float>(999, 16, record);
  normalize<float>(5, 64, record);
}

// Numbers far from zero: a variance from sums of squares would lose all its digits.
ON_BOTH("cuda: batch normalisation does not cancel", 1e-3) {
  constexpr Index rows = 20'000;
  for (const Index channels : {2, 8}) {
    auto x = drawn<float>(rows * channels, 1);
    HostMirror mirror(Device{}, x.data(), rows * channels);
    for (float& value : mirror.span()) value += 1000;
    mirror.write_back();
    test::DrawnNorm<float> norm(channels, 2);
    auto y = drawn<float>(rows * channels, 5);
    batch_norm_forward(Device{}, norm.of(rows, true, false), static_cast<const float*>(x.data()),
                       static_cast<const float*>(nullptr), y.data());
    record.add("y", y);
  }
}

}  // namespace
}  // namespace osteon
