// Where the program is built with cuDNN, cuDNN is what computes the convolutions that matter:
// nothing but the time would show that it has declined them.
#include <osteon/core/epilogue.hpp>
#include <osteon/core/float16.hpp>
#include <osteon/cuda/cuda.hpp>

#include "geometries.hpp"
#include <doctest/doctest.h>

#include <cstddef>

namespace osteon {
namespace {

using T = BFloat16;

template <class U = T>
Buffer<U, Cuda> zeros(Index size) {
  return Buffer<U, Cuda>(static_cast<std::size_t>(size));
}

struct Memory {
  explicit Memory(const Conv2dGeometry& g)
      : x(zeros(g.batch * g.in_height * g.in_width * g.in_channels)),
        dx(x),
        y(zeros(g.rows() * g.out_channels)),
        dy(y),
        weight(zeros(g.weights())),
        bias(zeros(g.out_channels)),
        dweight(zeros<float>(g.weights())) {}

  Buffer<T, Cuda> x, dx, y, dy, weight, bias;
  Buffer<float, Cuda> dweight;
};

/// What training and inference need of every convolution.
void check(const Conv2dGeometry& g, Memory& m) {
  const Epilogue<T> none{}, all{m.bias.data(), m.dy.data(), true};
  for (const Epilogue<T>& epilogue : {none, all}) {
    CHECK(gpu::forward_by_cudnn(g, m.x.data(), m.weight.data(), epilogue, m.y.data()) ==
          gpu::has_cudnn);
  }
  CHECK(gpu::backward_weight_by_cudnn(g, m.x.data(), m.dy.data(), m.dweight.data()) ==
        gpu::has_cudnn);
}

TEST_CASE("cuda: cuDNN computes a stem") {
  const Conv2dGeometry g = test::geometry(8, 3, 64, 64, 64, 7, 2, 3);
  Memory m(g);
  check(g, m);
}

TEST_CASE("cuda: cuDNN computes the 3x3 convolutions of a block") {
  for (const Index stride : {1, 2}) {
    CAPTURE(stride);
    const Conv2dGeometry g = test::geometry(8, 64, 16, 16, 64, 3, stride, 1);
    Memory m(g);
    check(g, m);
    for (const bool add : {false, true}) {
      CHECK(gpu::backward_input_by_cudnn(g, m.dy.data(), m.weight.data(), m.dx.data(), add) ==
            gpu::has_cudnn);
    }
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
