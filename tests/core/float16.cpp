#include <osteon/core/float16.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace osteon {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

template <class Half>
Half of_bits(std::uint32_t bits) {
  Half half;
  half.bits = static_cast<std::uint16_t>(bits);
  return half;
}

/// Every number of the format comes back as it was; what lies between two goes to the nearer one,
/// and from the middle to the even one.
template <class Half>
void check_rounding(std::uint32_t infinity_bits) {
  for (std::uint32_t bits = 0; bits < infinity_bits; ++bits) {
    const float value = of_bits<Half>(bits);
    REQUIRE(Half(value).bits == bits);
    REQUIRE(Half(-value).bits == (bits | 0x8000U));
    if (bits + 1 == infinity_bits) break;
    const float next = of_bits<Half>(bits + 1);
    const float middle = value + (next - value) / 2;
    const float below = std::nextafter(middle, value), above = std::nextafter(middle, next);
    const std::uint32_t even = bits + (bits & 1U);
    REQUIRE(Half(middle).bits == even);
    if (below != middle) REQUIRE(Half(below).bits == bits);
    if (above != middle) REQUIRE(Half(above).bits == bits + 1);
  }
}

TEST_CASE("BFloat16 rounds to the nearest, ties to even") { check_rounding<BFloat16>(0x7F80); }
TEST_CASE("Float16 rounds to the nearest, ties to even") { check_rounding<Float16>(0x7C00); }

TEST_CASE("16-bit formats keep infinities and what is not a number") {
  CHECK(float(BFloat16(infinity)) == infinity);
  CHECK(float(BFloat16(-infinity)) == -infinity);
  CHECK(std::isnan(float(BFloat16(std::nanf("")))));
  CHECK(std::isnan(float(BFloat16(std::bit_cast<float>(0x7F800001U)))));
  CHECK(float(Float16(infinity)) == infinity);
  CHECK(float(Float16(65504.0F)) == 65504.0F);
  CHECK(float(Float16(65519.0F)) == 65504.0F);
  CHECK(float(Float16(65520.0F)) == infinity);
  CHECK(float(Float16(-1e30F)) == -infinity);
  CHECK(float(BFloat16(std::numeric_limits<float>::max())) == infinity);
  CHECK(std::isnan(float(Float16(std::nanf("")))));
}

TEST_CASE("16-bit formats are known values") {
  static_assert(BFloat16(1.0F).bits == 0x3F80);
  static_assert(Float16(1).bits == 0x3C00);
  static_assert(float(Float16(0x1p-24)) == 0x1p-24F);
  static_assert(BFloat16(-2.5) == -2.5F);
  static_assert(std::is_same_v<ComputeType<BFloat16>, float>);
  static_assert(std::is_same_v<ComputeType<double>, double>);
  CHECK(Float16(0x1p-25F).bits == 0);  // half of the smallest: to even
  CHECK(Float16(0x1.8p-25F).bits == 1);
}

}  // namespace
}  // namespace osteon
