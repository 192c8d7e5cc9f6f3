#include <osteon/core/expression.hpp>
#include <osteon/core/operation.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/cpu/evaluate.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

using namespace osteon;

namespace {

/// 3 samples of 5 channels and 7 x 9 pixels: no extent fits a vector.
using Image = Shape<dynamic, 5, 7, 9>;

template <class T, class L>
Tensor<T, Image, L> image(std::uint64_t stream, double scale = 1, double centre = 0) {
  Tensor<T, Image, L> x(3);
  test::fill_uniform(x.view(), 1, stream, scale, centre);
  return x;
}

/// given(n, c, h, w) == expected(n, c, h, w) for all elements, up to rounding.
template <class Given, class Expected>
void check_elements(const Given& given, const Expected& expected) {
  using T = typename Given::value_type;
  const double tolerance = std::is_same_v<T, float> ? 1e-6 : 1e-14;
  double largest = 0;
  for (Index n = 0; n < given.batch(); ++n) {
    for (Index c = 0; c < 5; ++c) {
      for (Index h = 0; h < 7; ++h) {
        for (Index w = 0; w < 9; ++w) {
          const auto e = static_cast<double>(expected(n, c, h, w));
          const double error = std::abs(static_cast<double>(given(n, c, h, w)) - e);
          const double relative = error / std::max(1.0, std::abs(e));
          largest = relative <= largest ? largest : std::isnan(relative) ? INFINITY : relative;
        }
      }
    }
  }
  CHECK(largest <= tolerance);
}

/// One binary operation of the language against the same of the library's functor.
#define CHECK_ZIP(expression, functor)                          \
  do {                                                          \
    y = expression;                                             \
    check_elements(y, [&](Index n, Index c, Index h, Index w) { \
      return functor{}(a(n, c, h, w), b(n, c, h, w));           \
    });                                                         \
  } while (false)
#define CHECK_MAP(expression, functor, x)                                                         \
  do {                                                                                            \
    y = expression;                                                                               \
    check_elements(y,                                                                             \
                   [&](Index n, Index c, Index h, Index w) { return functor{}(x(n, c, h, w)); }); \
  } while (false)

template <class T, class L>
void check_operations() {
  const auto a = image<T, L>(0, 2), b = image<T, L>(1, 1, 3), p = image<T, L>(2, 1, 1.5);
  auto y = image<T, L>(9);
  CHECK_ZIP(a + b, op::Add);
  CHECK_ZIP(a - b, op::Subtract);
  CHECK_ZIP(a * b, op::Multiply);
  CHECK_ZIP(a / b, op::Divide);
  CHECK_ZIP(minimum(a, b), op::Minimum);
  CHECK_ZIP(maximum(a, b), op::Maximum);
  CHECK_ZIP(cast<T>(a < b), op::Less);
  CHECK_ZIP(cast<T>(a <= b), op::LessEqual);
  CHECK_ZIP(cast<T>(a > b), op::Greater);
  CHECK_ZIP(cast<T>(a >= b), op::GreaterEqual);
  CHECK_ZIP(cast<T>(a == b), op::Equal);
  CHECK_ZIP(cast<T>(a != b), op::NotEqual);
  CHECK_MAP(-a, op::Negate, a);
  CHECK_MAP(abs(a), op::Abs, a);
  CHECK_MAP(square(a), op::Square, a);
  CHECK_MAP(sign(a), op::Sign, a);
  CHECK_MAP(sqrt(p), op::Sqrt, p);
  CHECK_MAP(exp(a), op::Exp, a);
  CHECK_MAP(log(p), op::Log, p);
  CHECK_MAP(tanh(a), op::Tanh, a);
  CHECK_MAP(sigmoid(a), op::Sigmoid, a);
  CHECK_MAP(relu(a), op::Relu, a);

  const T rate = T(0.25);
  y = rate * a / (sqrt(p) + 1e-3) - 2;  // numbers take the tensors' type
  check_elements(y,
                 [&](auto... i) { return rate * a(i...) / (std::sqrt(p(i...)) + T(1e-3)) - T(2); });
}

}  // namespace

TEST_CASE_TEMPLATE("Expression: every operation equals a plain loop", T, float, double) {
  SUBCASE("contiguous") { check_operations<T, Contiguous>(); }
  SUBCASE("channels_last") { check_operations<T, ChannelsLast>(); }
}

TEST_CASE_TEMPLATE("Expression: a vector over the channels", Layout, Contiguous, ChannelsLast) {
  const auto x = image<float, Layout>(0);
  Tensor<float, Shape<5>> scale, shift;
  test::fill_uniform(scale.view(), 2, 0);
  test::fill_uniform(shift.view(), 2, 1);
  auto y = image<float, Layout>(1);
  y = (x - channel(shift)) * channel(scale) + 1;
  check_elements(y, [&](Index n, Index c, Index h, Index w) {
    return (x(n, c, h, w) - shift(c)) * scale(c) + 1;
  });
  y = channel(scale) - x;
  check_elements(y, [&](Index n, Index c, Index h, Index w) { return scale(c) - x(n, c, h, w); });
  y = where(x > channel(shift), channel(scale), 0);
  check_elements(y, [&](Index n, Index c, Index h, Index w) {
    return x(n, c, h, w) > shift(c) ? scale(c) : 0;
  });
}

TEST_CASE("Expression: a vector over the channels of other ranks, with and without a batch") {
  const Tensor<float, Shape<3>> v{10, 20, 30};
  const Tensor<float, Shape<dynamic, 3>> rows(2, {1, 2, 3, 4, 5, 6});
  const Tensor<float, Shape<dynamic, 3>> y = rows + channel(v);
  CHECK(y(1, 2) == 36);

  Tensor<float, Shape<4, 3, 2, 2>> weights;
  weights += channel(v);
  CHECK(weights(0, 0, 1, 1) == 10);
  CHECK(weights(2, 1, 0, 1) == 20);
  CHECK(weights(3, 2, 1, 0) == 30);

  Tensor<float, Shape<4, 3, 2, 2>, ChannelsLast> last;
  last += channel(v);
  CHECK(last(2, 1, 0, 1) == 20);

  Tensor<float, Shape<dynamic, 3, 2>, ChannelsLast> sequence(2);  // rank 3: row-major
  sequence += channel(v);
  CHECK(sequence(1, 0, 1) == 10);
  CHECK(sequence(1, 1, 0) == 20);
  CHECK(sequence(0, 2, 1) == 30);
}

TEST_CASE("Expression: the target may be an operand") {
  auto x = image<float, ChannelsLast>(0);
  const auto before = x;
  x = x * x + x;
  check_elements(x, [&](auto... i) { return before(i...) * before(i...) + before(i...); });
  x = before.view();
  x -= 0.5 * x;
  check_elements(x, [&](auto... i) { return before(i...) - 0.5F * before(i...); });
}

TEST_CASE("Expression: where picks, it does not compute") {
  const Tensor<float, Shape<4>> x{-1, 0, 4, NAN};
  Tensor<float, Shape<4>> y = where(x > 0, sqrt(x), 7);
  CHECK(y(0) == 7);
  CHECK(y(1) == 7);
  CHECK(y(2) == 2);
  CHECK(y(3) == 7);
  // A mask removes infinities and leaves no negative zero.
  const Tensor<std::uint8_t, Shape<4>> mask{1, 0, 0, 1};
  const Tensor<float, Shape<4>> z{-3, -INFINITY, -0.0F, 5};
  y = where(mask != 0, z, 0);
  CHECK(y(0) == -3);
  CHECK(y(1) == 0);
  CHECK(!std::signbit(y(2)));
  CHECK(y(3) == 5);
}

TEST_CASE("Expression: bytes and floats mix, casts convert") {
  const Tensor<std::uint8_t, Shape<3>> bytes{0, 1, 255};
  const Tensor<float, Shape<3>> x{0.5F, 1.5F, 2.5F};
  const Tensor<float, Shape<3>> product = bytes * x;
  CHECK(product(2) == 637.5F);
  static_assert(std::is_same_v<decltype(bytes * x)::value_type, float>);
  static_assert(std::is_same_v<decltype(2.0 * x)::value_type, float>);
  static_assert(std::is_same_v<decltype(x < x)::value_type, bool>);
  const Tensor<double, Shape<3>> wide = cast<double>(x) / 3;
  CHECK(wide(0) == 0.5 / 3);
  const Tensor<std::uint8_t, Shape<3>> positive = cast<std::uint8_t>(x > 1);
  CHECK(positive(0) == 0);
  CHECK(positive(1) == 1);
  const Tensor<float, Shape<3>> scaled = cast<float>(bytes) / 255;
  CHECK(scaled(2) == 1);
}

TEST_CASE("Expression: a run-time batch of 0, and tensors larger than a chunk") {
  Tensor<float, Shape<dynamic, 3>> none(0);
  none = none + 1;
  CHECK(none.size() == 0);
  Tensor<float, Shape<100'003>> large;
  large = large + 2;
  large = large * large;
  bool right = true;
  for (const float v : large.span()) right &= v == 4;
  CHECK(right);
}
