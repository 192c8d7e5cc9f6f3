#include <osteon/core/reduction.hpp>
#include <osteon/cpu/evaluate.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using namespace osteon;

namespace {

using Image = Shape<dynamic, 5, 37, 41>;

template <class T, class L>
Tensor<T, Image, L> image(Index batch = 11) {
  Tensor<T, Image, L> x(batch);
  test::fill_uniform(x.view(), 1, 0, 1, 0.25);
  return x;
}

}  // namespace

TEST_CASE_TEMPLATE("Reduction: sum, mean, dot, max, min", T, float, double) {
  const double tolerance = std::is_same_v<T, float> ? 1e-6 : 1e-13;
  const auto x = image<T, ChannelsLast>();
  double total = 0, squares = 0, largest = -10, smallest = 10;
  for (const T v : x.span()) {
    total += v;
    squares += static_cast<double>(v) * v;
    largest = std::max(largest, static_cast<double>(v));
    smallest = std::min(smallest, static_cast<double>(v));
  }
  const auto n = static_cast<double>(x.size());
  CHECK(sum(x) == doctest::Approx(total).epsilon(tolerance));
  CHECK(mean(x) == doctest::Approx(total / n).epsilon(tolerance));
  CHECK(dot(x, x) == doctest::Approx(squares).epsilon(tolerance));
  CHECK(sum(2 * x + 1) == doctest::Approx(2 * total + n).epsilon(tolerance));
  CHECK(osteon::max(x) == static_cast<T>(largest));
  CHECK(osteon::min(x) == static_cast<T>(smallest));
  CHECK(osteon::max(-x) == static_cast<T>(-smallest));
  static_assert(std::is_same_v<decltype(sum(x)), T>);
}

TEST_CASE("Reduction: many small numbers on a large one are not lost") {
  Tensor<float, Shape<5'000'000>> x;
  x = 0.1F;
  x(0) = 1e4F;
  const double exact = 1e4 + 4'999'999 * static_cast<double>(0.1F);
  CHECK(sum(x) == doctest::Approx(exact).epsilon(1e-6));  // a float loop ends 5 % off
}

TEST_CASE_TEMPLATE("Reduction: sums per channel", Layout, Contiguous, ChannelsLast) {
  const auto x = image<float, Layout>();
  const auto sums = sum_per_channel(x);
  static_assert(std::is_same_v<typename decltype(sums)::shape_type, Shape<5>>);
  Tensor<float, Shape<5>> v{1, 2, 3, 4, 5};
  const auto scaled = sum_per_channel(x * channel(v));
  for (Index c = 0; c < 5; ++c) {
    double expected = 0;
    for (Index n = 0; n < x.batch(); ++n) {
      for (Index h = 0; h < 37; ++h) {
        for (Index w = 0; w < 41; ++w) expected += x(n, c, h, w);
      }
    }
    CHECK(sums(c) == doctest::Approx(expected).epsilon(1e-6));
    CHECK(scaled(c) == doctest::Approx(expected * static_cast<double>(c + 1)).epsilon(1e-6));
  }
  const Tensor<float, Shape<dynamic, 2>> rows(3, {1, 2, 3, 4, 5, 6});
  CHECK(sum_per_channel(rows)(1) == 12);
  Tensor<float, Shape<4, 3, 2, 2>, Layout> weights;
  weights(3, 1, 0, 1) = 5;
  weights(2, 1, 1, 1) = 6;
  CHECK(sum_per_channel(weights)(0) == 0);
  CHECK(sum_per_channel(weights)(1) == 11);
}

TEST_CASE("Reduction: comparisons and bytes are counted") {
  Tensor<std::uint8_t, Shape<1000>> mask;
  mask = 1;
  mask(0) = 0;
  CHECK(sum(mask) == 999);
  CHECK(mean(mask) == doctest::Approx(0.999));
  CHECK(sum(mask == 0) == 1);
  CHECK(mean(mask != 0) == doctest::Approx(0.999));
  CHECK(osteon::max(mask) == 1);
}

TEST_CASE("Reduction: all_finite") {
  Tensor<float, Shape<100'000>> x;
  x = 1e38F;
  CHECK(all_finite(x));
  x(99'999) = std::numeric_limits<float>::infinity();
  CHECK(!all_finite(x));
  x(99'999) = std::numeric_limits<float>::quiet_NaN();
  CHECK(!all_finite(x));
}

TEST_CASE("Reduction: the same bits for every number of threads") {
  const int threads = cpu::num_threads();
  const auto x = image<float, ChannelsLast>();
  const auto y = image<float, Contiguous>();
  std::vector<std::vector<float>> results;
  for (const int n : {1, 2, 3, 7}) {
    cpu::set_num_threads(n);
    std::vector<float> result{sum(x), mean(x * x), sum(y)};
    const auto last = sum_per_channel(x), first = sum_per_channel(y);
    result.insert(result.end(), last.span().begin(), last.span().end());
    result.insert(result.end(), first.span().begin(), first.span().end());
    results.push_back(result);
  }
  cpu::set_num_threads(threads);
  for (const auto& result : results) CHECK(result == results.front());
}
