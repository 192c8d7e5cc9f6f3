#include <osteon/cpu/conv2d.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace osteon;

namespace {

/// All that a convolution computes.
template <class T>
struct Results {
  std::vector<T> y, dx, dweight, dbias;
  bool operator==(const Results&) const = default;
};

template <class T>
std::vector<T> draw(Index size, std::uint64_t stream) {
  std::vector<T> values(static_cast<std::size_t>(size));
  for (Index i = 0; i < size; ++i) {
    values[static_cast<std::size_t>(i)] = static_cast<T>(test::uniform(1, stream, i));
  }
  return values;
}

struct Sizes {
  Index x, y, weight;
  explicit Sizes(const Conv2dGeometry& g)
      : x(g.batch * g.in_height * g.in_width * g.in_channels),
        y(g.rows() * g.out_channels),
        weight(g.out_channels * g.patch()) {}
};

template <class T>
Results<T> empty(const Sizes& n, Index out_channels) {
  const auto size = [](Index i) { return static_cast<std::size_t>(i); };
  return {std::vector<T>(size(n.y)), std::vector<T>(size(n.x)), std::vector<T>(size(n.weight), 1),
          std::vector<T>(size(out_channels), 2)};  // gradients are added to what is there
}

template <class T>
Results<T> compute(const Conv2dGeometry& g) {
  const Sizes n(g);
  const auto x = draw<T>(n.x, 0), weight = draw<T>(n.weight, 1), bias = draw<T>(g.out_channels, 2),
             dy = draw<T>(n.y, 3);
  auto r = empty<T>(n, g.out_channels);
  conv2d_forward(Cpu{}, g, x.data(), weight.data(), bias.data(), r.y.data());
  conv2d_backward_input(Cpu{}, g, dy.data(), weight.data(), r.dx.data());
  conv2d_backward_weight(Cpu{}, g, x.data(), dy.data(), r.dweight.data(), r.dbias.data());
  return r;
}

/// The definition: every output, tap and channel in turn.
Results<double> naive(const Conv2dGeometry& g) {
  const Sizes n(g);
  const auto x = draw<double>(n.x, 0), weight = draw<double>(n.weight, 1),
             bias = draw<double>(g.out_channels, 2), dy = draw<double>(n.y, 3);
  auto r = empty<double>(n, g.out_channels);
  const auto at = [](Index i) { return static_cast<std::size_t>(i); };
  for (Index row = 0; row < g.rows(); ++row) {
    const Index sample = row / (g.out_height * g.out_width);
    const Index top = row / g.out_width % g.out_height * g.stride - g.padding;
    const Index left = row % g.out_width * g.stride - g.padding;
    for (Index o = 0; o < g.out_channels; ++o) {
      const std::size_t out = at(row * g.out_channels + o);
      r.y[out] = bias[at(o)];
      r.dbias[at(o)] += dy[out];
      for (Index tap = 0; tap < g.kernel * g.kernel; ++tap) {
        const Index h = top + tap / g.kernel, w = left + tap % g.kernel;
        if (h < 0 || h >= g.in_height || w < 0 || w >= g.in_width) continue;
        for (Index c = 0; c < g.in_channels; ++c) {
          const std::size_t in =
              at(((sample * g.in_height + h) * g.in_width + w) * g.in_channels + c);
          const std::size_t k = at((o * g.kernel * g.kernel + tap) * g.in_channels + c);
          r.y[out] += weight[k] * x[in];
          r.dx[in] += weight[k] * dy[out];
          r.dweight[k] += dy[out] * x[in];
        }
      }
    }
  }
  return r;
}

Conv2dGeometry geometry(Index batch, Index in, Index height, Index width, Index out, Index kernel,
                        Index stride, Index padding) {
  return {batch,
          in,
          height,
          width,
          out,
          (height + 2 * padding - kernel) / stride + 1,
          (width + 2 * padding - kernel) / stride + 1,
          kernel,
          stride,
          padding};
}

/// Few and many channels, whole and cut tiles, whatever the width of a vector.
const std::vector<Conv2dGeometry> geometries{
    geometry(2, 3, 9, 8, 64, 7, 2, 3),      // a stem
    geometry(1, 1, 5, 5, 1, 3, 1, 1),       // one channel
    geometry(2, 15, 6, 7, 9, 3, 1, 1),      // just fewer channels than a vector has
    geometry(2, 16, 6, 7, 8, 3, 1, 1),      //
    geometry(1, 64, 5, 6, 64, 3, 1, 1),     // whole tiles
    geometry(2, 64, 6, 5, 33, 3, 2, 1),     // one filter behind the last tile
    geometry(3, 37, 5, 4, 65, 1, 1, 0),     //
    geometry(1, 33, 7, 7, 40, 1, 2, 0),     // a projection: most inputs are never read
    geometry(1, 32, 6, 6, 7, 2, 3, 0),      //
    geometry(2, 20, 1, 1, 11, 3, 1, 1),     // padding all around one pixel
    geometry(1, 17, 3, 2, 5, 5, 1, 2),      // a kernel larger than the image
    geometry(13, 40, 1, 1, 10, 1, 1, 0),    // a linear layer
    geometry(40, 8, 10, 11, 24, 3, 1, 0),   // more rows than one strip of the gradient
    geometry(12, 72, 10, 11, 40, 3, 2, 1),  // more rows than the gradient takes at a time
};

std::string text(const Conv2dGeometry& g) {
  return concat(g.batch, 'x', g.in_channels, 'x', g.in_height, 'x', g.in_width, " -> ",
                g.out_channels, ", kernel ", g.kernel, ", stride ", g.stride, ", padding ",
                g.padding);
}

template <class T>
void check_against_naive(double tolerance) {
  for (const Conv2dGeometry& g : geometries) {
    const std::string convolution = text(g);
    CAPTURE(convolution);
    const auto expected = naive(g);
    const auto given = compute<T>(g);
    CHECK(test::relative_error(given.y, expected.y) < tolerance);
    CHECK(test::relative_error(given.dx, expected.dx) < tolerance);
    CHECK(test::relative_error(given.dweight, expected.dweight) < tolerance);
    CHECK(test::relative_error(given.dbias, expected.dbias) < tolerance);
  }
}

}  // namespace

TEST_CASE("conv2d equals the definition: float") { check_against_naive<float>(1e-5); }

TEST_CASE("conv2d equals the definition: double") { check_against_naive<double>(1e-13); }

TEST_CASE("conv2d: the same bits for every number of threads") {
  const int threads = cpu::num_threads();
  cpu::set_num_threads(1);
  std::vector<Results<float>> alone;
  for (const Conv2dGeometry& g : geometries) alone.push_back(compute<float>(g));
  for (const int n : {2, 3, 7}) {
    cpu::set_num_threads(n);
    for (std::size_t i = 0; i < geometries.size(); ++i) {
      const std::string convolution = text(geometries[i]);
      CAPTURE(convolution);
      CHECK(compute<float>(geometries[i]) == alone[i]);
    }
  }
  cpu::set_num_threads(threads);
}

TEST_CASE("conv2d: no bias") {
  const Conv2dGeometry g = geometry(1, 4, 3, 3, 2, 3, 1, 1);
  const auto x = draw<float>(36, 0), weight = draw<float>(72, 1), bias = std::vector<float>(2);
  std::vector<float> with(18), without(18);
  conv2d_forward(Cpu{}, g, x.data(), weight.data(), bias.data(), with.data());
  conv2d_forward(Cpu{}, g, x.data(), weight.data(), static_cast<const float*>(nullptr),
                 without.data());
  CHECK(with == without);
}

TEST_CASE("conv2d_forward_packed: bias, addition and ReLU on the way to memory") {
  std::vector<Conv2dGeometry> all = geometries;
  all.push_back(geometry(20, 64, 7, 8, 64, 3, 1, 1));  // Winograd's form
  all.push_back(geometry(20, 64, 2, 3, 64, 3, 1, 1));
  for (const Conv2dGeometry& g : all) {
    const std::string convolution = text(g);
    CAPTURE(convolution);
    const Sizes n(g);
    const auto x = draw<float>(n.x, 0), weight = draw<float>(n.weight, 1),
               bias = draw<float>(g.out_channels, 2), addend = draw<float>(n.y, 3);
    std::vector<float> expected(addend.size());
    conv2d_forward(Cpu{}, g, x.data(), weight.data(), bias.data(), expected.data());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] = std::max(0.0F, expected[i] + addend[i]);
    }
    const auto algorithm = conv2d_algorithm<float>(Cpu{}, g);
    std::vector<float> packed(
        static_cast<std::size_t>(conv2d_packed_size<float>(Cpu{}, g, algorithm)));
    conv2d_pack(Cpu{}, g, algorithm, weight.data(), packed.data());
    auto y = addend;  // in place
    conv2d_forward_packed(Cpu{}, g, algorithm, x.data(), packed.data(),
                          Epilogue<float>{bias.data(), y.data(), true}, y.data());
    CHECK(test::relative_error(y, expected) < 1e-6);
  }
}
