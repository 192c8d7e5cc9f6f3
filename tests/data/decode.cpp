#include <osteon/data/decode.hpp>

#include "../io/temporary_folder.hpp"
#include "decode_reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

using namespace osteon::data;
namespace reference = osteon::test;

namespace {

int largest_difference(const Image& image, Bytes expected) {
  REQUIRE(image.width == reference::reference_width);
  REQUIRE(image.height == reference::reference_height);
  REQUIRE(image.pixels.size() == expected.size());
  int worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    worst = std::max(worst, std::abs(int{image.pixels[i]} - int{expected[i]}));
  return worst;
}

void check_intact(Bytes file, Bytes expected, int tolerance) {
  const Decoded decoded = decode(file);
  CHECK(decoded.condition == Condition::intact);
  CHECK(decoded.problem.empty());
  CHECK(largest_difference(decoded.rgb, expected) <= tolerance);
}

Bytes half(const std::vector<std::uint8_t>& file) { return Bytes(file).first(file.size() / 2); }

}  // namespace

TEST_CASE("lossless files decode to Pillow's RGB pixels") {
  check_intact(reference::png_rgb, reference::png_rgb_pixels, 0);
  check_intact(reference::png_grey, reference::png_grey_pixels, 0);
  check_intact(reference::png_rgba, reference::png_rgba_pixels, 0);  // alpha is dropped
  check_intact(reference::png_la, reference::png_la_pixels, 0);
  check_intact(reference::png_palette, reference::png_palette_pixels, 0);
  check_intact(reference::gif, reference::gif_pixels, 0);
  check_intact(reference::gif_animated, reference::gif_pixels, 0);  // its first frame
  check_intact(reference::bmp, reference::bmp_pixels, 0);
}

TEST_CASE("JPEGs decode to Pillow's pixels up to the rounding of the transforms") {
  check_intact(reference::jpeg_rgb, reference::jpeg_rgb_pixels, 3);
  check_intact(reference::jpeg_grey, reference::jpeg_grey_pixels, 3);
  check_intact(reference::jpeg_progressive, reference::jpeg_progressive_pixels, 3);
}

TEST_CASE("bytes after the end do not matter") {
  auto file = reference::jpeg_rgb;
  file.insert(file.end(), 100, 0xAB);
  check_intact(file, reference::jpeg_rgb_pixels, 3);
}

TEST_CASE("the upper part of a truncated picture is true") {
  const std::pair<Bytes, Bytes> cases[] = {
      {half(reference::png_noise), reference::png_noise_pixels},
      {Bytes(reference::jpeg_grey).first(reference::jpeg_grey.size() - 20),
       reference::jpeg_grey_pixels},
      {Bytes(reference::jpeg_rgb).first(reference::jpeg_rgb.size() - 20),
       reference::jpeg_rgb_pixels},
      {Bytes(reference::gif).first(reference::gif.size() - 30), reference::gif_pixels},
  };
  for (const auto& [file, expected] : cases) {
    const Decoded decoded = decode(file);
    CHECK(decoded.condition == Condition::truncated);
    REQUIRE(decoded.rgb.pixels.size() == expected.size());
    const std::size_t row = decoded.rgb.row_bytes();
    int worst = 0;
    for (std::size_t i = 0; i < 4 * row; ++i)
      worst = std::max(worst, std::abs(int{decoded.rgb.pixels[i]} - int{expected[i]}));
    CHECK(worst <= 3);
  }
}

TEST_CASE("what a truncated JPEG lacks is grey, what a truncated PNG lacks is black") {
  const Decoded jpeg = decode(Bytes(reference::jpeg_rgb).first(reference::jpeg_rgb.size() - 60));
  REQUIRE(jpeg.condition == Condition::truncated);
  CHECK(jpeg.rgb.pixels.front() != 128);
  CHECK(jpeg.rgb.pixels.back() == 128);
  CHECK(decode(half(reference::png_noise)).rgb.pixels.back() == 0);
}

TEST_CASE("a file cut anywhere is truncated or unreadable, never intact") {
  for (const auto* file : {&reference::jpeg_rgb, &reference::jpeg_progressive,
                           &reference::png_palette, &reference::gif, &reference::bmp}) {
    for (std::size_t size = 20; size < file->size(); ++size) {
      const Decoded decoded = decode(Bytes(*file).first(size));
      CHECK((decoded.condition == Condition::truncated ||
             decoded.condition == Condition::unreadable));
      CHECK(decoded.rgb.empty() == (decoded.condition == Condition::unreadable));
    }
  }
}

TEST_CASE("damaged bytes never crash the decoder") {
  for (const auto* file : {&reference::jpeg_rgb, &reference::png_rgb, &reference::gif}) {
    for (std::size_t at = 0; at < file->size(); at += 5) {
      auto damaged = *file;
      damaged[at] ^= 0x55;
      CHECK_NOTHROW((void)decode(damaged));
      CHECK_NOTHROW((void)decode(half(damaged)));
    }
  }
}

TEST_CASE("what is no image is called so, and why") {
  const std::uint8_t text[] = "plain text";
  CHECK(decode(Bytes(text)).condition == Condition::not_an_image);
  CHECK(decode(Bytes()).problem == "the file is empty");
  const Decoded head = decode(Bytes(reference::png_rgb).first(20));
  CHECK(head.condition == Condition::unreadable);
  CHECK(head.problem.find("truncated") != std::string::npos);
  CHECK(to_string(Condition::not_an_image) == "not an image");
}

TEST_CASE("files are read by content whatever their suffix; a missing one is named") {
  const osteon::test::TemporaryFolder folder;
  const auto path = folder / "really a png.jpg";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(reference::png_rgb.data()),
             static_cast<std::streamsize>(reference::png_rgb.size()));
  CHECK(decode(path).condition == Condition::intact);
  CHECK(decode(path).format == ImageFormat::png);
  const auto missing = folder / "absent.jpg";
  CHECK(osteon::test::error_of([&] { (void)decode(missing); }).find("absent.jpg") !=
        std::string::npos);
}
