#include <osteon/core/geometry.hpp>

#include <doctest/doctest.h>

TEST_CASE("Conv2dGeometry: rows and patches") {
  constexpr osteon::Conv2dGeometry g{4, 3, 32, 30, 16, 16, 15, 5, 2, 2};
  static_assert(g.rows() == 4 * 16 * 15);
  static_assert(g.patch() == 5 * 5 * 3);
  CHECK(g.batch == 4);
}
