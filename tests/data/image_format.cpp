#include <osteon/data/image_format.hpp>

#include "decode_reference.hpp"
#include <doctest/doctest.h>

#include <string_view>

using namespace osteon::data;
namespace reference = osteon::test;

namespace {

Bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

const std::vector<std::uint8_t>* const files[] = {
    &reference::jpeg_rgb, &reference::jpeg_grey, &reference::jpeg_progressive,
    &reference::png_rgb,  &reference::png_rgba,  &reference::png_palette,
    &reference::gif,      &reference::bmp,       &reference::gif_animated};

}  // namespace

TEST_CASE("the format is known by content") {
  CHECK(image_format(reference::jpeg_progressive) == ImageFormat::jpeg);
  CHECK(image_format(reference::png_palette) == ImageFormat::png);
  CHECK(image_format(reference::gif) == ImageFormat::gif);
  CHECK(image_format(reference::bmp) == ImageFormat::bmp);
  CHECK(image_format({}) == ImageFormat::unknown);
  CHECK(image_format(bytes("[.ShellClassInfo]")) == ImageFormat::unknown);
  CHECK(image_format(bytes("BM is also how this sentence begins.")) == ImageFormat::unknown);
  CHECK(to_string(ImageFormat::jpeg) == "JPEG");
}

TEST_CASE("the end is found, with or without trailing bytes") {
  for (const auto* file : files) {
    CHECK(image_end(*file) == file->size());
    auto longer = *file;
    longer.insert(longer.end(), {0xFF, 0xD9, 0, 0x3B, 7});
    CHECK(image_end(longer) == file->size());
  }
}

TEST_CASE("no cut file has an end, wherever it is cut") {
  for (const auto* file : files)
    for (std::size_t size = 0; size < file->size(); ++size)
      CHECK(image_end(Bytes(*file).first(size)) == 0);
}

TEST_CASE("an end-of-image marker inside a segment is not the end") {
  // A comment that holds FF D9, as an embedded thumbnail does.
  auto file = reference::jpeg_rgb;
  const std::uint8_t comment[] = {0xFF, 0xFE, 0, 6, 0xFF, 0xD9, 0xFF, 0xD9};
  file.insert(file.begin() + 2, std::begin(comment), std::end(comment));
  CHECK(image_end(file) == file.size());
}
