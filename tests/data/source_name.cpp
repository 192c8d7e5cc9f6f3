#include <osteon/data/source_name.hpp>

#include <doctest/doctest.h>

using osteon::data::source_name;

TEST_CASE("what marks a copy is removed, in any order and number") {
  CHECK(source_name("7.jpg") == "7");
  CHECK(source_name("train/a/7-rotated1-rotated2 - Copy (1).jpg") == "7");
  CHECK(source_name("7-rotated12.PNG") == "7");
  CHECK(source_name("7 (3) - Copy - Copy.jpeg") == "7");
  CHECK(source_name("7 (2)-rotated3.jpg") == "7");
  CHECK(source_name("0._jumbo (1).jpeg") == "0._jumbo");
}

TEST_CASE("what only resembles a mark stays") {
  CHECK(source_name("image(1).jpg") == "image(1)");  // a download of another picture of that name
  CHECK(source_name("image(1) (2).jpg") == "image(1)");
  CHECK(source_name("7-rotated.jpg") == "7-rotated");
  CHECK(source_name("7 ().jpg") == "7 ()");
  CHECK(source_name("7 (x).jpg") == "7 (x)");
  CHECK(source_name("7 -Copy.jpg") == "7 -Copy");
  CHECK(source_name("hand-rotated1-left.jpg") == "hand-rotated1-left");
}

TEST_CASE("an image's suffix goes, another one stays, and no name becomes empty") {
  CHECK(source_name("2.png.jpg") == "2.png");
  CHECK(source_name("scan.17") == "scan.17");
  CHECK(source_name(" - Copy.jpg") == " - Copy");
  CHECK(source_name("-rotated1.jpg") == "-rotated1");
  CHECK(source_name(" (1).jpg") == " (1)");
  CHECK(source_name("12345.jpg") == "12345");
}
