#include <osteon/data/decode.hpp>
#include <osteon/data/png.hpp>

#include "../io/temporary_folder.hpp"
#include <doctest/doctest.h>

using namespace osteon::data;
using osteon::test::error_of;

TEST_CASE("what was written is read back") {
  const osteon::test::TemporaryFolder folder;
  Image image(7, 5, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(i * 37);
  write_png(folder / "a.png", image);
  const Decoded read = decode(folder / "a.png");
  CHECK(read.condition == Condition::intact);
  CHECK(read.format == ImageFormat::png);
  CHECK(read.rgb.pixels == image.pixels);
  CHECK(folder.names() == std::vector<std::string>{"a.png"});
}

TEST_CASE("a picture that cannot be written is named") {
  const osteon::test::TemporaryFolder folder;
  CHECK(error_of([&] { write_png(folder / "absent/a.png", Image(2, 2, 1)); }).find("a.png") !=
        std::string::npos);
  CHECK_THROWS_AS(write_png(folder / "b.png", Image()), osteon::Error);
  CHECK(folder.names().empty());
}
