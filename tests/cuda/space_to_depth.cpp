// A convolution of stride 2 is the convolution of stride 1 that it is turned into.
#include <osteon/cuda/conv2d.hpp>
#include <osteon/cuda/space_to_depth.hpp>

#include "../reference.hpp"
#include "geometries.hpp"
#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

namespace osteon {
namespace {

using gpu::SpaceToDepth;

Buffer<float, Cuda> drawn(Index size, std::uint64_t stream) {
  std::vector<float> values;
  for (Index i = 0; i < size; ++i)
    values.push_back(static_cast<float>(test::uniform(8, stream, i)));
  Buffer<float, Cuda> buffer(values.size());
  copy_from_host(Cuda{}, size, static_cast<const float*>(values.data()), buffer.data());
  return buffer;
}
std::vector<float> on_host(const Buffer<float, Cuda>& buffer) {
  std::vector<float> values(buffer.size());
  copy_to_host(Cuda{}, static_cast<Index>(values.size()), buffer.data(), values.data());
  return values;
}

TEST_CASE("cuda: space to depth") {
  for (const Conv2dGeometry& g :
       {test::geometry(2, 3, 32, 24, 8, 7, 2, 3), test::geometry(1, 3, 16, 16, 16, 5, 2, 2),
        test::geometry(3, 1, 12, 10, 8, 3, 2, 1), test::geometry(2, 4, 9, 11, 8, 4, 2, 0),
        test::geometry(2, 2, 13, 8, 8, 3, 2, 0)}) {
    CAPTURE(g.kernel);
    CAPTURE(g.padding);
    const SpaceToDepth s(g);
    CHECK(s.to.out_height == (s.to.in_height - s.to.kernel) + 1);
    CHECK(s.to.in_channels % 8 == 0);
    const auto x = drawn(g.batch * g.in_height * g.in_width * g.in_channels, 1);
    const auto weight = drawn(g.weights(), 2), dy = drawn(g.rows() * g.out_channels, 3);
    Buffer<float, Cuda> images(static_cast<std::size_t>(s.images()));
    gpu::to_depth(s, x.data(), images.data());
    Buffer<float, Cuda> deep(static_cast<std::size_t>(s.to.weights()));
    gpu::weight_to_depth(s, weight.data(), deep.data());
    const float* const no_bias = nullptr;
    auto y = drawn(g.rows() * g.out_channels, 4), expected = drawn(g.rows() * g.out_channels, 5);
    conv2d_forward(Cuda{}, g, x.data(), weight.data(), no_bias, expected.data());
    const float *const z = images.data(), *const w = deep.data();
    conv2d_forward(Cuda{}, s.to, z, w, no_bias, y.data());
    CHECK(test::relative_error(on_host(y), on_host(expected)) < 1e-5);

    auto dweight = drawn(g.weights(), 6), sum = drawn(g.weights(), 6);
    conv2d_backward_weight(Cuda{}, g, x.data(), dy.data(), dweight.data(),
                           static_cast<float*>(nullptr));
    Buffer<float, Cuda> gradient(static_cast<std::size_t>(s.to.weights()));
    conv2d_backward_weight(Cuda{}, s.to, z, dy.data(), gradient.data(),
                           static_cast<float*>(nullptr));
    const float* const from = gradient.data();
    gpu::add_weight_from_depth(s, from, sum.data());
    CHECK(test::relative_error(on_host(sum), on_host(dweight)) < 1e-5);
  }
}

TEST_CASE("cuda: space to depth is for many 16-bit numbers") {
  const Conv2dGeometry stem = test::geometry(64, 3, 224, 224, 64, 7, 2, 3);
  CHECK(SpaceToDepth::helps<BFloat16>(stem));
  CHECK_FALSE(SpaceToDepth::helps<float>(stem));
  CHECK_FALSE(SpaceToDepth::helps<BFloat16>(test::geometry(64, 64, 56, 56, 128, 3, 2, 1)));
  CHECK_FALSE(SpaceToDepth::helps<BFloat16>(test::geometry(64, 3, 224, 224, 64, 3, 1, 1)));
}

}  // namespace
}  // namespace osteon
