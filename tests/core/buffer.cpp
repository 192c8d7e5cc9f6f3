#include <osteon/core/buffer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

using Buffer = osteon::Buffer<float, osteon::Cpu>;

TEST_CASE("Buffer: zero-initialised and aligned") {
  const Buffer buffer(37);
  CHECK(buffer.size() == 37);
  CHECK(std::all_of(buffer.data(), buffer.data() + 37, [](float v) { return v == 0; }));
  CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % Buffer::alignment == 0);
}

TEST_CASE("Buffer: an empty one owns nothing") {
  const Buffer none, zero(0);
  CHECK(none.data() == nullptr);
  CHECK(zero.data() == nullptr);
  CHECK(Buffer(zero).size() == 0);
}

TEST_CASE("Buffer: copies are deep, moves take the memory along") {
  Buffer a(3);
  a.data()[1] = 5;
  Buffer b = a;
  b.data()[1] = 6;
  CHECK(a.data()[1] == 5);

  const float* const memory = a.data();
  Buffer c = std::move(a);
  CHECK(c.data() == memory);
  CHECK(a.size() == 0);  // NOLINT(bugprone-use-after-move): that is the point
  a = b;
  CHECK(a.size() == 3);
  CHECK(a.data()[1] == 6);
  a = std::move(c);
  CHECK(a.data() == memory);
  a = *&a;  // to itself
  CHECK(a.data()[1] == 5);
}
