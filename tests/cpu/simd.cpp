#include <osteon/cpu/simd.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace osteon;

TEST_CASE_TEMPLATE("transpose: rows of a square become columns", T, float, double) {
  constexpr Index width = cpu::Simd<T>::width;
  std::array<T, static_cast<std::size_t>(width * width)> values;
  cpu::Vector<T> square[width];
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(i);
  for (Index r = 0; r < width; ++r) square[r] = cpu::load(values.data() + r * width);
  cpu::transpose<T>(square);
  for (Index r = 0; r < width; ++r) {
    for (Index c = 0; c < width; ++c) {
      const T value = square[r][c];  // Clang gives no reference to a part of a vector
      CHECK(value == static_cast<T>(c * width + r));
    }
  }
}
