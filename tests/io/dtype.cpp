#include <osteon/io/dtype.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace osteon;

namespace {

template <class T, class Stored>
std::vector<T> convert(std::string_view dtype, const std::vector<Stored>& stored) {
  return io::convert_elements<T>(dtype, std::as_bytes(std::span(stored)), "x");
}

}  // namespace

TEST_CASE("the names of types and their sizes agree") {
  static_assert(io::dtype_of<float>() == "F32" && io::dtype_of<double>() == "F64");
  static_assert(io::dtype_of<std::int64_t>() == "I64" && io::dtype_of<std::int8_t>() == "I8");
  static_assert(io::dtype_of<std::uint8_t>() == "U8" && io::dtype_of<std::uint16_t>() == "U16");
  static_assert(io::dtype_size(io::dtype_of<std::int32_t>()) == 4);
  static_assert(io::dtype_size("BF16") == 2 && io::dtype_size("BOOL") == 1);
  static_assert(!io::dtype_size("F31").has_value());
}

// Bits and values: numpy.array(bits, numpy.uint16).view(numpy.float16).
TEST_CASE("half-precision numbers widen exactly") {
  const std::vector<std::uint16_t> bits{0x3C00, 0xC000, 0x3555, 0x0001, 0x83FF, 0x7BFF, 0x8000};
  const auto values = convert<double>("F16", bits);
  CHECK(values ==
        std::vector<double>{1, -2, 0.333251953125, 0x1p-24, -1023 * 0x1p-24, 65504, -0.0});
  CHECK(std::signbit(values.back()));
  const auto special = convert<float>("F16", std::vector<std::uint16_t>{0x7C00, 0xFC00, 0x7E00});
  CHECK(special[0] == INFINITY);
  CHECK(special[1] == -INFINITY);
  CHECK(std::isnan(special[2]));
}

TEST_CASE("bfloat16 is the upper half of a float") {
  const std::vector<std::uint16_t> bits{0x3F80, 0xC049, 0x0001, 0x7F80};
  CHECK(convert<float>("BF16", bits) == std::vector<float>{1, -3.140625F, 0x1p-133F, INFINITY});
}

TEST_CASE("integers and floats convert to the type asked for") {
  CHECK(convert<float>("F64", std::vector<double>{0.5, -2}) == std::vector<float>{0.5F, -2});
  CHECK(convert<double>("F32", std::vector<float>{0.1F}) == std::vector<double>{0.1F});
  CHECK(convert<float>("I64", std::vector<std::int64_t>{-3, 7}) == std::vector<float>{-3, 7});
  CHECK(convert<float>("BOOL", std::vector<std::uint8_t>{0, 1}) == std::vector<float>{0, 1});
  CHECK(convert<std::uint8_t>("I64", std::vector<std::int64_t>{0, 255}) ==
        std::vector<std::uint8_t>{0, 255});
  CHECK(convert<std::int64_t>("U32", std::vector<std::uint32_t>{4'000'000'000U}) ==
        std::vector<std::int64_t>{4'000'000'000});
  CHECK(convert<float>("F32", std::vector<float>{}).empty());
}

TEST_CASE("a value that would be lost is refused") {
  CHECK_THROWS_WITH_AS(convert<std::uint8_t>("I64", std::vector<std::int64_t>{1, 256}),
                       "x: element 1 is 256, which doesn't fit the integer type asked for; read it "
                       "as a wider type",
                       Error);
  CHECK_THROWS_AS(convert<std::int64_t>("F32", std::vector<float>{1.5F}), Error);
  CHECK_THROWS_AS(convert<float>("F8_E4M3", std::vector<std::uint8_t>{1}), Error);
}
