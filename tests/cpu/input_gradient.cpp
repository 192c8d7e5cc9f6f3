#include <osteon/cpu/conv2d.hpp>
#include <osteon/cpu/input_gradient.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

using namespace osteon;

namespace {

Conv2dGeometry geometry(Index batch, Index channels, Index height, Index width, Index outputs,
                        Index kernel, Index stride, Index padding) {
  const auto size = [&](Index in) { return (in + 2 * padding - kernel) / stride + 1; };
  return {.batch = batch,
          .in_channels = channels,
          .in_height = height,
          .in_width = width,
          .out_channels = outputs,
          .out_height = size(height),
          .out_width = size(width),
          .kernel = kernel,
          .stride = stride,
          .padding = padding};
}

template <class T>
std::vector<T> draw(Index size, std::uint64_t stream) {
  const auto values = test::uniform_values(size, 7, stream);
  return {values.begin(), values.end()};
}

/// dx += the gradient by its definition: every output goes back to all that it read.
template <class T>
std::vector<double> expected(const Conv2dGeometry& g, const std::vector<T>& dy,
                             const std::vector<T>& weight, std::vector<double> dx) {
  for (Index row = 0; row < g.rows(); ++row) {
    const Index sample = row / (g.out_height * g.out_width);
    const Index oh = row / g.out_width % g.out_height, ow = row % g.out_width;
    for (Index o = 0; o < g.out_channels; ++o) {
      for (Index i = 0; i < g.patch(); ++i) {
        const Index h = oh * g.stride - g.padding + i / g.in_channels / g.kernel;
        const Index w = ow * g.stride - g.padding + i / g.in_channels % g.kernel;
        if (h < 0 || h >= g.in_height || w < 0 || w >= g.in_width) continue;
        const Index at = ((sample * g.in_height + h) * g.in_width + w) * g.in_channels;
        dx[static_cast<std::size_t>(at + i % g.in_channels)] +=
            static_cast<double>(dy[static_cast<std::size_t>(row * g.out_channels + o)]) *
            static_cast<double>(weight[static_cast<std::size_t>(o * g.patch() + i)]);
      }
    }
  }
  return dx;
}

/// How far the gradient, added to 2 or written, is from that.
template <class T>
double error_of(const Conv2dGeometry& g, bool add) {
  const auto dy = draw<T>(g.rows() * g.out_channels, 0);
  const auto weight = draw<T>(g.weights(), 1);
  const auto size = static_cast<std::size_t>(g.batch * g.in_height * g.in_width * g.in_channels);
  std::vector<T> given(size, 2);
  cpu::patch_input_gradient(g, dy.data(), weight.data(), add, given.data());
  return test::relative_error(given,
                              expected(g, dy, weight, std::vector<double>(size, add ? 2 : 0)));
}

}  // namespace

TEST_CASE("patch_input_gradient: the gradient by its definition, written and added") {
  for (const Conv2dGeometry& g : {
           geometry(2, 3, 23, 37, 8, 7, 2, 3),  // a residual network's first layer
           geometry(1, 1, 9, 9, 3, 3, 1, 1),    // one channel
           geometry(3, 3, 11, 70, 5, 3, 1, 1),  // more neighbours than a tile has
           geometry(2, 2, 12, 10, 4, 3, 2, 0),  // a last line and column that nothing reads
           geometry(2, 3, 13, 13, 4, 2, 3, 1),  // inputs between the windows that nothing reads
           geometry(1, 3, 8, 6, 40, 5, 1, 4),   // more padding than a window's half
           geometry(2, 3, 131, 9, 4, 7, 2, 3),  // strips that overlap
           geometry(1, 2, 130, 5, 3, 3, 1, 1),  // strips of more than eight lines
       }) {
    CAPTURE(g.kernel);
    CAPTURE(g.in_height);
    CHECK(error_of<float>(g, false) < 1e-5);
    CHECK(error_of<float>(g, true) < 1e-5);
    CHECK(error_of<double>(g, false) < 1e-14);
    CHECK(error_of<double>(g, true) < 1e-14);
  }
}

TEST_CASE(
    "patch_input_gradient: more samples than are summed at a time, on any number of threads") {
  const int threads = cpu::num_threads();
  const cpu::Strips strips(geometry(1, 3, 64, 512, 2, 3, 1, 1));
  const Index samples = (Index{1} << 19) / (strips.count * strips.size<float>());
  const Conv2dGeometry g = geometry(2 * samples + 1, 3, 64, 512, 2, 3, 1, 1);
  const auto dy = draw<float>(g.rows() * g.out_channels, 0), weight = draw<float>(g.weights(), 1);
  std::vector<std::vector<float>> results;
  for (const int n : {1, 2, 5}) {
    cpu::set_num_threads(n);
    results.emplace_back(static_cast<std::size_t>(g.batch * 64 * 512 * 3));
    cpu::patch_input_gradient(g, dy.data(), weight.data(), false, results.back().data());
  }
  cpu::set_num_threads(threads);
  CHECK(test::relative_error(
            results[0], expected(g, dy, weight, std::vector<double>(results[0].size()))) < 1e-5);
  CHECK(results[1] == results[0]);
  CHECK(results[2] == results[0]);
}

TEST_CASE("conv2d_backward_input: few channels go patch by patch") {
  const Conv2dGeometry g = geometry(2, 3, 20, 18, 16, 7, 2, 3);
  const auto dy = test::uniform_values(g.rows() * g.out_channels, 7, 0);
  const auto weight = test::uniform_values(g.weights(), 7, 1);
  std::vector<float> by_patches(2 * 20 * 18 * 3), chosen(by_patches.size());
  cpu::patch_input_gradient(g, dy.data(), weight.data(), false, by_patches.data());
  conv2d_backward_input(Cpu{}, g, dy.data(), weight.data(), chosen.data());
  CHECK(chosen == by_patches);
}
