#include <osteon/cpu/elementwise.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace osteon;

namespace {

constexpr Index size = (Index{1} << 15) + 37;  // two tasks, and a rest behind the last vector
const float not_a_number = std::numeric_limits<float>::quiet_NaN();

std::vector<float> waves(double step) {
  std::vector<float> values(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(std::sin(step * static_cast<double>(i)));
  }
  return values;
}

/// Whether given[i] == expected(i) everywhere.
template <class Expected>
bool equal(const std::vector<float>& given, const Expected& expected) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] != expected(i)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("copy, accumulate, add_forward") {
  const auto a = waves(0.7), b = waves(1.3);
  std::vector<float> to(a.size());
  copy(Cpu{}, size, a.data(), to.data());
  CHECK(to == a);
  accumulate(Cpu{}, size, b.data(), to.data());
  CHECK(equal(to, [&](std::size_t i) { return a[i] + b[i]; }));
  auto in_place = a;
  add_forward(Cpu{}, size, in_place.data(), b.data(), false, in_place.data());
  CHECK(in_place == to);
  add_forward(Cpu{}, size, a.data(), b.data(), true, to.data());
  CHECK(equal(to, [&](std::size_t i) { return std::max(0.0F, a[i] + b[i]); }));
}

TEST_CASE("relu_forward and relu_backward") {
  const auto x = waves(0.9), dy = waves(1.7);
  std::vector<float> y(x.size());
  relu_forward(Cpu{}, size, x.data(), y.data());
  CHECK(equal(y, [&](std::size_t i) { return std::max(0.0F, x[i]); }));
  auto dx = dy;
  relu_backward(Cpu{}, size, y.data(), dx.data(), dx.data());  // in place
  const auto passed = [&](std::size_t i) { return x[i] > 0 ? dy[i] : 0.0F; };
  CHECK(equal(dx, passed));
  auto sum = x;
  relu_backward(Cpu{}, size, y.data(), dy.data(), sum.data(), true);
  CHECK(equal(sum, [&](std::size_t i) { return x[i] + passed(i); }));
}

TEST_CASE("ReLU lets what is not a number pass, in vectors and behind the last one") {
  std::vector<float> x(static_cast<std::size_t>(size), -1);
  x.front() = x.back() = not_a_number;
  relu_forward(Cpu{}, size, x.data(), x.data());
  CHECK(std::isnan(x.front()));
  CHECK(std::isnan(x.back()));
  CHECK(x[1] == 0);
}
