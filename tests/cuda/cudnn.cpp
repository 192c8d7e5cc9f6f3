// Where the program is built with cuDNN, cuDNN is what computes the convolutions that matter:
// nothing but the time would show that it has declined them.
#include <osteon/core/epilogue.hpp>
#include <osteon/core/float16.hpp>
#include <osteon/cuda/cuda.hpp>

#include "geometries.hpp"
#include <doctest/doctest.h>

namespace osteon {
namespace {

template <class T>
void check(const Conv2dGeometry& g) {
  const auto buffer = [](Index size) { return Buffer<T, Cuda>(static_cast<std::size_t>(size)); };
  const Index inputs = g.batch * g.in_height * g.in_width * g.in_channels;
  const Index outputs = g.rows() * g.out_channels;
  const auto x = buffer(inputs), weight = buffer(g.weights()), bias = buffer(g.out_channels);
  const auto dy = buffer(outputs);
  auto y = buffer(outputs), dx = buffer(inputs);
  Buffer<float, Cuda> dweight(static_cast<std::size_t>(g.weights()));
  const Epilogue<T> none{}, all{bias.data(), dy.data(), true};
  for (const Epilogue<T>& epilogue : {none, all}) {
    CHECK(gpu::forward_by_cudnn(g, x.data(), weight.data(), epilogue, y.data()) == gpu::has_cudnn);
  }
  for (const bool add : {false, true}) {
    CHECK(gpu::backward_input_by_cudnn(g, dy.data(), weight.data(), dx.data(), add) ==
          gpu::has_cudnn);
  }
  CHECK(gpu::backward_weight_by_cudnn(g, x.data(), dy.data(), dweight.data()) == gpu::has_cudnn);
}

TEST_CASE("cuda: cuDNN computes a stem and the convolutions of a block") {
  for (const Conv2dGeometry& g :
       {test::geometry(8, 3, 64, 64, 64, 7, 2, 3), test::geometry(8, 64, 16, 16, 64, 3, 1, 1),
        test::geometry(8, 64, 16, 16, 128, 3, 2, 1), test::geometry(8, 64, 16, 16, 128, 1, 2, 0)}) {
    CAPTURE(g.kernel);
    CAPTURE(g.stride);
    check<BFloat16>(g);
    check<float>(g);
  }
}

TEST_CASE("cuda: cuDNN is not asked for double, nor for products of matrices") {
  CHECK(gpu::is_for_cudnn<float>(test::geometry(8, 64, 16, 16, 64, 3, 1, 1)) == gpu::has_cudnn);
  CHECK(!gpu::is_for_cudnn<double>(test::geometry(8, 64, 16, 16, 64, 3, 1, 1)));
  CHECK(!gpu::is_for_cudnn<float>(test::geometry(8, 512, 1, 1, 2, 1, 1, 0)));
  CHECK((gpu::cudnn_version() >= 90000) == gpu::has_cudnn);
}

}  // namespace
}  // namespace osteon
