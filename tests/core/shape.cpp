#include <osteon/core/shape.hpp>

#include <doctest/doctest.h>

using namespace osteon;

TEST_CASE("Shape: size, rank and batch") {
  static_assert(Shape<3, 4, 5>::size == 60 && Shape<3, 4, 5>::rank == 3);
  static_assert(Shape<>::size == 1 && Shape<>::rank == 0 && !Shape<>::is_batched);
  static_assert(Shape<dynamic, 3, 4>::size == 12);  // of one sample
  static_assert(Shape<dynamic, 3, 4>::is_batched && !Shape<3, 4>::is_batched);
  static_assert(Shape<2, 7>::extent(1) == 7);
  static_assert(std::is_same_v<Batched<Shape<3, 4>>, Shape<dynamic, 3, 4>>);
  static_assert(std::is_same_v<Sample<Batched<Shape<3, 4>>>, Shape<3, 4>>);
  static_assert(AnyShape<Shape<1>> && !AnyShape<int>);
  // Sizes that overflow 32 bits.
  static_assert(Shape<100'000, 100'000>::size == 10'000'000'000);
}

TEST_CASE("Shape: as text") {
  CHECK(to_string<Shape<3, 224, 224>>() == "3x224x224");
  CHECK(to_string(Shape<dynamic, 10>{}) == "Nx10");
  CHECK(to_string<Shape<>>().empty());
}
