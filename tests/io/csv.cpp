#include <osteon/io/csv.hpp>

#include <doctest/doctest.h>

using osteon::io::csv_field;

TEST_CASE("csv_field: quotes only what needs it") {
  CHECK(csv_field("train/not fractured/a.jpg") == "train/not fractured/a.jpg");
  CHECK(csv_field("") == "");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("6\" film") == "\"6\"\" film\"");
  CHECK(csv_field("two\nlines") == "\"two\nlines\"");
}
