#include <osteon/data/dataset.hpp>
#include <osteon/data/decode.hpp>
#include <osteon/data/image.hpp>
#include <osteon/data/resize.hpp>

#include "../io/temporary_folder.hpp"
#include "decode_reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

using namespace osteon::data;
using osteon::test::error_of;
namespace reference = osteon::test;
namespace fs = std::filesystem;

namespace {

/// Five images of all kinds, two of them cut.
struct Example {
  osteon::test::TemporaryFolder root;
  Example() {
    auto cut_jpeg = reference::jpeg_rgb;
    cut_jpeg.resize(cut_jpeg.size() - 15);
    auto cut_png = reference::png_noise;
    cut_png.resize(cut_png.size() - 40);
    write("a/1.jpg", reference::jpeg_rgb);
    write("a/2.jpg", cut_jpeg);
    write("a/3.gif", reference::png_palette);
    write("b/1.png", cut_png);
    write("b/2.png", reference::png_rgb);
    write("b/desktop.ini", {'x'});
  }
  void write(const char* name, const std::vector<std::uint8_t>& content) {
    const fs::path path = root / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
  }
  [[nodiscard]] ImageFolder folder() const { return read_image_folder(root / ""); }
};

}  // namespace

TEST_CASE("images are decoded and squashed; truncated ones are used and listed") {
  const Example example;
  const ImageFolder folder = example.folder();
  LoadReport report;
  const ImageDataset set = load_images(folder, folder.samples, {.image_size = 8}, &report);
  CHECK(set.size() == 5);
  CHECK(set.classes == std::vector<std::string>{"a", "b"});
  CHECK(labels_of(set.samples) == std::vector<int>{0, 0, 0, 1, 1});
  CHECK(set.pixels.size() == 5 * 8 * 8 * 3);
  CHECK(report.files == 5);
  CHECK(report.decoded == 5);
  CHECK(report.skipped == 0);
  CHECK(report.truncated == std::vector<std::string>{"a/2.jpg", "b/1.png"});
  const Image expected = resize(decode(Bytes(reference::png_rgb)).rgb, 8, 8);
  CHECK(std::ranges::equal(set.image(4), expected.pixels));
}

TEST_CASE("truncated images can be skipped; they are listed all the same") {
  const Example example;
  const ImageFolder folder = example.folder();
  LoadReport report;
  const ImageDataset set = load_images(
      folder, folder.samples, {.image_size = 8, .truncated = TruncatedPolicy::skip}, &report);
  CHECK(set.size() == 3);
  CHECK(set.pixels.size() == 3 * 8 * 8 * 3);
  CHECK(report.decoded == 3);
  CHECK(report.skipped == 2);
  CHECK(report.truncated.size() == 2);
  CHECK(set.samples[2].path == "b/2.png");
  const Image expected = resize(decode(Bytes(reference::png_rgb)).rgb, 8, 8);
  CHECK(std::ranges::equal(set.image(2), expected.pixels));
}

TEST_CASE("the number of threads changes nothing, and progress reaches the end") {
  const Example example;
  const ImageFolder folder = example.folder();
  const ImageDataset one = load_images(folder, folder.samples, {.image_size = 16});
  std::size_t last = 0, calls = 0;
  const ImageDataset four = load_images(
      folder, folder.samples, {.image_size = 16, .threads = 4, .progress = [&](auto done, auto) {
                                 last = done;
                                 ++calls;
                               }});
  CHECK(one.pixels == four.pixels);
  CHECK(one.samples == four.samples);
  CHECK(last == 5);
  CHECK(calls == 5);
}

TEST_CASE("an unreadable image is an error that names it, or is skipped on request") {
  Example example;
  example.write("a/bad.jpg", {'n', 'o'});
  example.write("b/empty.png", {});
  const ImageFolder folder = example.folder();
  const std::string message =
      error_of([&] { (void)load_images(folder, folder.samples, {.image_size = 8}); });
  CHECK(message.find("cannot decode 2 images; remove or repair these files") != std::string::npos);
  CHECK(message.find("bad.jpg: not a JPEG") != std::string::npos);
  CHECK(message.find("empty.png: the file is empty") != std::string::npos);
  LoadReport report;
  const auto set =
      load_images(folder, folder.samples,
                  {.image_size = 8, .unreadable = UnreadablePolicy::skip, .threads = 2}, &report);
  CHECK(set.size() == 5);
  CHECK(report.files == 7);
  CHECK(report.skipped == 2);
  CHECK(report.unreadable == std::vector<std::string>{"a/bad.jpg", "b/empty.png"});
}

TEST_CASE("wrong requests are refused") {
  const Example example;
  const ImageFolder folder = example.folder();
  CHECK_THROWS_AS((void)load_images(folder, folder.samples, {.image_size = 0}), osteon::Error);
  CHECK_THROWS_AS((void)load_images(folder, {}, {}), osteon::Error);
  fs::remove(example.root / "a/1.jpg");
  CHECK(error_of([&] {
          (void)load_images(folder, folder.samples, {.image_size = 8, .threads = 3});
        }).find("1.jpg") != std::string::npos);
}

TEST_CASE("a digest sees every pixel, label, class and the order, and no path or thread") {
  ImageDataset set{2, {"a", "b"}, {{"x", 0, Part::all}, {"y", 1, Part::all}}, {}};
  for (int i = 0; i < 24; ++i) set.pixels.push_back(static_cast<std::uint8_t>(i));
  const auto before = digest(set);
  CHECK(digest(set, 3) == before);
  ImageDataset other = set;
  other.samples[0].path = "elsewhere";
  CHECK(digest(other) == before);
  for (std::size_t i = 0; i < set.pixels.size(); ++i) {
    other = set;
    ++other.pixels[i];
    CHECK(digest(other) != before);
  }
  other = set;
  other.samples[1].label = 0;
  CHECK(digest(other) != before);
  other = set;
  other.classes[1] = "c";
  CHECK(digest(other) != before);
  other = set;
  std::rotate(other.pixels.begin(), other.pixels.begin() + 12, other.pixels.end());
  CHECK(digest(other) != before);
}
