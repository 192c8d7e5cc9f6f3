// Two ways to the same convolution, on the same device: by patches that are written out and by
// functors alone. The latter is compared with the Cpu's in conv2d.cpp.
#include <osteon/core/host_mirror.hpp>
#include <osteon/cuda/im2col.hpp>
#include <osteon/cuda/implicit_gemm.hpp>

#include "../reference.hpp"
#include "geometries.hpp"
#include <doctest/doctest.h>

namespace osteon {
namespace {

Buffer<double, Cuda> drawn(Index size, std::uint64_t stream) {
  Buffer<double, Cuda> buffer(static_cast<std::size_t>(size));
  HostMirror mirror(Cuda{}, buffer.data(), size);
  for (Index i = 0; i < size; ++i) mirror[i] = test::uniform(34, stream, i);
  mirror.write_back();
  return buffer;
}

double difference(Buffer<double, Cuda>& given, Buffer<double, Cuda>& expected) {
  const auto size = static_cast<Index>(given.size());
  HostMirror a(Cuda{}, given.data(), size), b(Cuda{}, expected.data(), size);
  return test::relative_error(a.span(), b.span());
}

}  // namespace

TEST_CASE("cuda: convolutions by im2col equal those by functors") {
  for (const Conv2dGeometry& g : test::geometries()) {
    CAPTURE(g.kernel);
    CAPTURE(g.stride);
    const Index inputs = g.batch * g.in_height * g.in_width * g.in_channels;
    const Index outputs = g.rows() * g.out_channels;
    const auto x = drawn(inputs, 1), weight = drawn(g.weights(), 2), dy = drawn(outputs, 3);
    const auto bias = drawn(g.out_channels, 4), addend = drawn(outputs, 5);
    Buffer<double, Cuda> packed(static_cast<std::size_t>(g.weights()));
    gpu::implicit_gemm::pack(g, weight.data(), packed.data());

    const double* const to_pack = packed.data();
    for (const Epilogue<double>& epilogue :
         {Epilogue<double>{}, Epilogue<double>{bias.data(), nullptr, true},
          Epilogue<double>{bias.data(), addend.data(), true},
          Epilogue<double>{nullptr, addend.data(), false}}) {
      auto y = drawn(outputs, 6), expected = drawn(outputs, 6);
      gpu::im2col::forward(g, x.data(), weight.data(), epilogue, y.data());
      gpu::implicit_gemm::forward(g, x.data(), to_pack, epilogue, expected.data());
      CHECK(difference(y, expected) < 1e-14);
    }
    auto y = drawn(outputs, 6), expected = drawn(outputs, 6);  // the addend is y
    gpu::im2col::forward(g, x.data(), weight.data(), {nullptr, y.data(), true}, y.data());
    gpu::implicit_gemm::forward(g, x.data(), to_pack, {nullptr, expected.data(), true},
                                expected.data());
    CHECK(difference(y, expected) < 1e-14);

    for (const bool add : {false, true}) {
      auto dx = drawn(inputs, 7), other = drawn(inputs, 7);
      gpu::im2col::backward_input(g, dy.data(), weight.data(), dx.data(), add);
      gpu::implicit_gemm::backward_input(g, dy.data(), weight.data(), other.data(), add);
      CHECK(difference(dx, other) < 1e-13);
    }
    auto dweight = drawn(g.weights(), 8), other = drawn(g.weights(), 8);
    gpu::im2col::backward_weight(g, x.data(), dy.data(), dweight.data());
    gpu::implicit_gemm::backward_weight(g, x.data(), dy.data(), other.data());
    CHECK(difference(dweight, other) < 1e-13);
  }
}

TEST_CASE("cuda: patches are written in groups of samples that fit") {
  // A sample has 2^24 patch elements, less a border: four at a time fit.
  const Conv2dGeometry g = test::geometry(9, 64, 256, 256, 8, 2, 1, 0);
  Index seen = 0, largest = 0;
  gpu::im2col::for_each_group(g, [&](const Conv2dGeometry& group, Index first) {
    CHECK(first == seen);
    seen += group.batch;
    largest = group.rows() * group.patch() > largest ? group.rows() * group.patch() : largest;
  });
  CHECK(seen == 9);
  CHECK(largest <= Index{1} << 26);
  CHECK(largest > Index{1} << 25);
}

}  // namespace osteon
