#include <osteon/cpu/pool2d.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace osteon;

namespace {

/// The stem's pooling, small; vectors and a rest of channels.
constexpr Conv2dGeometry g{2, 21, 7, 6, 21, 4, 3, 3, 2, 1};
constexpr Index in_size = 2 * 7 * 6 * 21, out_size = 2 * 4 * 3 * 21;

std::vector<float> draw(Index size, std::uint64_t stream) {
  std::vector<float> values(static_cast<std::size_t>(size));
  for (Index i = 0; i < size; ++i) {
    values[static_cast<std::size_t>(i)] = static_cast<float>(test::uniform(2, stream, i));
  }
  return values;
}

}  // namespace

TEST_CASE("max_pool2d: what is not a number wins its windows, whenever it comes") {
  auto x = draw(in_size, 0);
  const Index channel = 20;  // behind the last vector
  x[static_cast<std::size_t>((1 * 6 + 1) * 21 + channel)] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> y(static_cast<std::size_t>(out_size));
  max_pool2d_forward(Cpu{}, g, x.data(), y.data());
  Index found = 0;
  for (const float value : y) found += std::isnan(value) ? 1 : 0;
  CHECK(found == 4);  // pixel (1, 1) lies in the windows (0, 0), (0, 1), (1, 0) and (1, 1)
}

TEST_CASE("Pooling hands on exactly the gradient that it is given, or adds it") {
  const auto x = draw(in_size, 0), dy = draw(out_size, 1);
  std::vector<float> y(dy.size()), dx(x.size()), sum = x;
  max_pool2d_forward(Cpu{}, g, x.data(), y.data());
  max_pool2d_backward(Cpu{}, g, x.data(), y.data(), dy.data(), dx.data());
  max_pool2d_backward(Cpu{}, g, x.data(), y.data(), dy.data(), sum.data(), true);
  double given = 0, handed = 0;
  for (const float value : dy) given += value;
  for (std::size_t i = 0; i < dx.size(); ++i) {
    handed += dx[i];
    CHECK(sum[i] == doctest::Approx(x[i] + dx[i]).epsilon(1e-5));
  }
  CHECK(handed == doctest::Approx(given).epsilon(1e-4));
}

TEST_CASE("max_pool2d: of equal values the first gets the gradient") {
  const std::vector<float> x(static_cast<std::size_t>(in_size), 1);
  const std::vector<float> dy(static_cast<std::size_t>(out_size), 1);
  std::vector<float> y(dy.size()), dx(x.size());
  max_pool2d_forward(Cpu{}, g, x.data(), y.data());
  max_pool2d_backward(Cpu{}, g, x.data(), y.data(), dy.data(), dx.data());
  CHECK(dx[0] == 1);                                           // the corner's own window
  CHECK(dx[static_cast<std::size_t>((2 * 6 + 2) * 21)] == 0);  // never the first
  CHECK(dx[static_cast<std::size_t>((1 * 6 + 1) * 21)] == 1);  // the first of window (1, 1)
}
