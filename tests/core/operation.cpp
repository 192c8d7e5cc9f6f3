#include <osteon/core/operation.hpp>

#include <doctest/doctest.h>

#include <cmath>

namespace op = osteon::op;

TEST_CASE("Operations on scalars, as other backends apply them") {
  static_assert(op::Add{}(2, 3) == 5 && op::Subtract{}(2, 3) == -1);
  static_assert(op::Multiply{}(2, 3) == 6 && op::Divide{}(6.0, 4.0) == 1.5);
  static_assert(op::Minimum{}(2, 3) == 2 && op::Maximum{}(2, 3) == 3);
  static_assert(op::Less{}(2, 3) && !op::Less{}(3, 3) && op::LessEqual{}(3, 3));
  static_assert(op::Greater{}(3, 2) && !op::Greater{}(3, 3) && op::GreaterEqual{}(3, 3));
  static_assert(op::Equal{}(3, 3) && op::NotEqual{}(3, 2));
  static_assert(op::Negate{}(3) == -3 && op::Abs{}(-3) == 3 && op::Square{}(-3) == 9);
  static_assert(op::Sign{}(-0.5) == -1 && op::Sign{}(0.0) == 0 && op::Sign{}(2.0) == 1);
  static_assert(op::Relu{}(-1.0) == 0 && op::Relu{}(2.0) == 2);
  CHECK(op::Sqrt{}(9.0) == 3);
  CHECK(op::Exp{}(1.0F) == std::exp(1.0F));
  CHECK(op::Log{}(2.0) == std::log(2.0));
  CHECK(op::Tanh{}(0.5) == std::tanh(0.5));
  CHECK(op::Sigmoid{}(0.0) == 0.5);
  CHECK(std::isnan(op::Relu{}(std::nan(""))));
  static_assert(op::is_comparison<op::NotEqual> && !op::is_comparison<op::Add>);
}
