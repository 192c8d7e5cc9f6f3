#include <osteon/core/error.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_CASE("concat joins text and numbers") {
  CHECK(osteon::concat("layer ", 3, ": ", 0.5, '!') == "layer 3: 0.5!");
}

TEST_CASE("fail throws Error with the whole message") {
  try {
    osteon::fail("cannot open ", std::string("x.png"), " (", 2, ")");
    FAIL("fail returned");
  } catch (const osteon::Error& error) {
    CHECK(std::string(error.what()) == "cannot open x.png (2)");
  }
}

TEST_CASE("require only fails when the condition is false") {
  CHECK_NOTHROW(osteon::require(true, "never"));
  CHECK_THROWS_AS(osteon::require(false, "always"), osteon::Error);
}
