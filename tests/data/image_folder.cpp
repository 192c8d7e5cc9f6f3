#include <osteon/data/decode.hpp>
#include <osteon/data/image_folder.hpp>

#include "../io/temporary_folder.hpp"
#include "decode_reference.hpp"
#include "shared_folder.hpp"
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

using namespace osteon::data;
using osteon::test::error_of;
using osteon::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

void touch(const fs::path& path, const std::vector<std::uint8_t>& content = {}) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("classes are sorted by name, files bytewise, parts in order") {
  const TemporaryFolder folder;
  for (const char* name : {"val/b/1.png", "val/a/2.png", "train/b/B.jpg", "train/b/a.JPEG",
                           "train/a/10.gif", "train/a/9.gif", "train/a/deeper/x.png"})
    touch(folder / name);
  const ImageFolder found = read_image_folder(folder / "");
  CHECK(found.classes == std::vector<std::string>{"a", "b"});
  CHECK(found.samples == std::vector<Sample>{{"train/a/10.gif", 0, Part::train},
                                             {"train/a/9.gif", 0, Part::train},
                                             {"train/a/deeper/x.png", 0, Part::train},
                                             {"train/b/B.jpg", 1, Part::train},
                                             {"train/b/a.JPEG", 1, Part::train},
                                             {"val/a/2.png", 0, Part::val},
                                             {"val/b/1.png", 1, Part::val}});
  CHECK(found.count(Part::train, 0) == 3);
  CHECK(found.has(Part::val));
  CHECK_FALSE(found.has(Part::test));
}

TEST_CASE("without parts every folder is a class") {
  const TemporaryFolder folder;
  touch(folder / "dog/1.png");
  touch(folder / "cat/1.png");
  touch(folder / ".hidden/1.png");
  touch(folder / "readme.txt");
  const ImageFolder found = read_image_folder(folder / "");
  CHECK(found.classes == std::vector<std::string>{"cat", "dog"});
  CHECK(found.samples.size() == 2);
  CHECK(found.samples[0].part == Part::all);
}

TEST_CASE("stray files are left out and listed; an image without a suffix is an image") {
  const TemporaryFolder folder;
  touch(folder / "a/1.png");
  touch(folder / "b/noname", osteon::test::png_rgb);
  touch(folder / "b/scan.dat", osteon::test::jpeg_rgb);
  for (const char* name : {"a/desktop.ini", "a/Thumbs.db", "b/.DS_Store", "b/._1.jpg"})
    touch(folder / name, {'x'});
  const ImageFolder found = read_image_folder(folder / "");
  CHECK(found.samples.size() == 3);
  CHECK(found.stray ==
        std::vector<std::string>{"a/Thumbs.db", "a/desktop.ini", "b/.DS_Store", "b/._1.jpg"});
}

TEST_CASE("images in no class folder are left out and listed") {
  const TemporaryFolder folder;
  for (const char* name :
       {"flat/a/1.png", "flat/b/1.png", "flat/loose.jpg", "flat/readme.txt", "flat/.hidden.jpg",
        "parts/train/a/1.png", "parts/train/b/1.png", "parts/train/loose.jpg", "parts/val/a/1.png",
        "parts/val/b/1.png", "parts/val/desktop.ini", "parts/loose.png", "parts/valid/a/1.png",
        "parts/valid/a/notes.txt", "parts/__MACOSX/1.png"})
    touch(folder / name);
  touch(folder / "parts/val/noname", osteon::test::png_rgb);
  const ImageFolder flat = read_image_folder(folder / "flat");
  CHECK(flat.samples.size() == 2);
  CHECK(flat.unlabelled == std::vector<std::string>{"loose.jpg"});
  CHECK(flat.stray.empty());
  const ImageFolder parts = read_image_folder(folder / "parts");
  CHECK(parts.samples.size() == 4);
  CHECK(parts.unlabelled ==
        std::vector<std::string>{"train/loose.jpg", "val/noname", "loose.png", "valid/a/1.png"});
}

TEST_CASE("what cannot be a data set is refused in plain words") {
  const TemporaryFolder folder;
  const auto message = [&](const char* name) {
    return error_of([&] { (void)read_image_folder(folder / name); });
  };
  CHECK(contains(message("absent"), "no such data folder"));
  touch(folder / "file");
  CHECK(contains(message("file"), "is a file"));
  fs::create_directories(folder / "empty");
  CHECK(contains(message("empty"), "is empty"));
  touch(folder / "flat/1.png");
  CHECK(contains(message("flat"), "no class folders"));
  touch(folder / "single/train/dog/1.png");
  CHECK(contains(message("single"), "only one class"));
  CHECK(contains(message("single"), "\"dog\""));
  touch(folder / "parts/train/a/1.png");
  touch(folder / "parts/train/b/1.png");
  touch(folder / "parts/test/a/1.png");
  touch(folder / "parts/test/c/1.png");
  CHECK(contains(message("parts"), "different classes"));
  touch(folder / "hollow/a/1.png");
  touch(folder / "hollow/b/desktop.ini");
  CHECK(contains(message("hollow"), "no images in the class folder"));
  touch(folder / "nested/nested/train/a/1.png");
  CHECK(contains(message("nested"), "did you mean"));
}

TEST_CASE("list_images: whatever the folders are called, without what is no image") {
  const TemporaryFolder folder;
  for (const char* name : {"b.png", "a/z.JPG", "a/.hidden.png", "a/desktop.ini", "c/d/e.gif"})
    touch(folder / name);
  const std::vector<std::uint8_t> head{0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
  touch(folder / "c/by_content", head);
  CHECK(list_images(folder / "") == std::vector<fs::path>{folder / "a/z.JPG", folder / "b.png",
                                                          folder / "c/by_content",
                                                          folder / "c/d/e.gif"});
  touch(folder / "none/desktop.ini");
  CHECK(list_images(folder / "none").empty());
  CHECK(contains(error_of([&] { (void)list_images(folder / "nowhere"); }), "cannot list"));
}

TEST_CASE("the real radiographs: exact counts, and the condition of every test file") {
  const auto root = osteon::test::shared_folder("data/kaggle_fracture_320");
  if (!root) return;
  const ImageFolder found = read_image_folder(*root);
  CHECK(found.classes == std::vector<std::string>{"fractured", "not fractured"});
  CHECK(found.samples.size() == 10580);
  CHECK(found.stray.size() == 6);
  CHECK(found.unlabelled.empty());
  CHECK(found.count(Part::train, 0) == 4606);
  CHECK(found.count(Part::train, 1) == 4640);
  CHECK(found.count(Part::val, 0) == 336);
  CHECK(found.count(Part::val, 1) == 492);
  CHECK(found.count(Part::test, 0) == 238);
  CHECK(found.count(Part::test, 1) == 268);

  std::vector<std::string> cut;
  for (const Sample& sample : found.samples) {
    if (sample.part != Part::test) continue;
    if (image_end(read_bytes(*root / sample.path)) == 0)
      cut.push_back(fs::path(sample.path).filename().string());
  }
  CHECK(cut == std::vector<std::string>{"IMG0004134.jpg", "IMG0004143.jpg", "IMG0004148.jpg",
                                        "IMG0004149.jpg", "IMG0004308.jpg", "IMG0004347.jpg"});
  for (const std::string& name : cut) {
    const Decoded decoded = decode(*root / "test" / "not fractured" / name);
    CHECK(decoded.condition == Condition::truncated);
    CHECK(decoded.rgb.width > 50);
    for (const char* part : {"train", "val"})
      CHECK(image_end(read_bytes(*root / part / "not fractured" / name)) == 0);
  }
}
