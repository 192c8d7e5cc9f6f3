#include <osteon/data/audit.hpp>

#include "../io/temporary_folder.hpp"
#include "shared_folder.hpp"
#include "turned.hpp"
#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

using namespace osteon::data;
using osteon::test::put_png;
using osteon::test::radiograph;
using osteon::test::TemporaryFolder;
using osteon::test::turned;
namespace fs = std::filesystem;

namespace {

void put_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

/// The position of a file, by its path.
std::size_t at(const ImageFolder& folder, const std::string& path) {
  for (std::size_t i = 0; i < folder.samples.size(); ++i)
    if (folder.samples[i].path == path) return i;
  FAIL(path << " is not in the folder");
  return 0;
}

/// The paths of each group that has more than one file.
std::set<std::set<std::string>> groups_of(const ImageFolder& folder, const Audit& audit) {
  std::vector<std::set<std::string>> groups(audit.groups);
  for (std::size_t i = 0; i < audit.files.size(); ++i)
    groups[audit.files[i].group].insert(folder.samples[i].path);
  std::set<std::set<std::string>> joined;
  for (const auto& group : groups)
    if (group.size() > 1) joined.insert(group);
  return joined;
}

}  // namespace

TEST_CASE("each kind of repeat ties files together, and nothing else does") {
  const TemporaryFolder folder;
  const fs::path train = folder / "train", val = folder / "val";
  // The same bytes, under another name and in another part.
  put_png(train / "a/bytes.png", radiograph(0, 0));
  put_png(val / "a/elsewhere.png", radiograph(0, 0));
  // The same pixels in a file that differs.
  put_png(train / "a/pixels.png", radiograph(1, 0));
  fs::copy_file(train / "a/pixels.png", val / "a/longer.png");
  std::ofstream(val / "a/longer.png", std::ios::binary | std::ios::app) << "trailing bytes";
  // The same radiograph, turned.
  put_png(train / "b/upright.png", radiograph(2, 1));
  put_png(val / "b/tilted.png", turned(radiograph(2, 1), 14));
  // The same source by name, of the same class only.
  put_png(train / "b/7.png", radiograph(3, 1));
  put_png(val / "b/7-rotated2 (1).png", radiograph(4, 1));
  put_png(val / "a/7.png", radiograph(5, 0));
  // One alone.
  put_png(train / "a/alone.png", radiograph(6, 0));

  const ImageFolder found = read_image_folder(folder / "");
  std::size_t done = 0;
  const Audit audited = audit(found, {.progress = [&](std::size_t now, std::size_t total) {
                                CHECK(now == ++done);
                                CHECK(total == 10);
                              }});
  CHECK(done == 10);
  CHECK(groups_of(found, audited) ==
        std::set<std::set<std::string>>{{"train/a/bytes.png", "val/a/elsewhere.png"},
                                        {"train/a/pixels.png", "val/a/longer.png"},
                                        {"train/b/upright.png", "val/b/tilted.png"},
                                        {"train/b/7.png", "val/b/7-rotated2 (1).png"}});
  CHECK(audited.groups == 6);
  CHECK(count_distinct(audited, &AuditedFile::content) == 9);
  CHECK(count_distinct(audited, &AuditedFile::picture) == 8);
  CHECK(count_distinct(audited, &AuditedFile::source) == 9);
  CHECK(audited.conflicting.empty());

  const auto file = [&](const char* path) { return audited.files[at(found, path)]; };
  CHECK(file("val/a/elsewhere.png").content == at(found, "train/a/bytes.png"));
  CHECK(file("val/a/longer.png").content == at(found, "val/a/longer.png"));
  CHECK(file("val/a/longer.png").picture == at(found, "train/a/pixels.png"));
  REQUIRE(audited.near_repeats.size() == 1);
  CHECK(found.samples[audited.near_repeats[0].first].path == "train/b/upright.png");
  CHECK(audited.near_repeats[0].alignment.degrees == doctest::Approx(14).epsilon(0.15));

  CHECK(count_shared(found, audited, Part::val, 0, Part::train, &AuditedFile::content) == 1);
  CHECK(count_shared(found, audited, Part::val, 0, Part::train, &AuditedFile::picture) == 2);
  CHECK(count_shared(found, audited, Part::val, 1, Part::train, &AuditedFile::picture) == 0);
  CHECK(count_shared(found, audited, Part::val, 1, Part::train, &AuditedFile::group) == 2);
}

TEST_CASE("the same picture under two classes is a conflict") {
  const TemporaryFolder folder;
  for (const char* name : {"a/1.png", "b/2.png", "b/3.png"})
    put_png(folder / name, radiograph(0, 0));
  put_png(folder / "a/4.png", radiograph(1, 0));
  const ImageFolder found = read_image_folder(folder / "");
  const Audit audited = audit(found);
  CHECK(audited.conflicting == std::vector<std::size_t>{at(found, "a/1.png")});
  CHECK(audited.groups == 2);
}

TEST_CASE("files that cannot be read are named and tie nothing together") {
  const TemporaryFolder folder;
  put_png(folder / "a/1.png", radiograph(0, 0));
  put_png(folder / "b/1.png", radiograph(1, 1));
  put_text(folder / "a/empty.jpg", "");
  put_text(folder / "b/empty.jpg", "");
  put_text(folder / "b/text.jpg", "not a picture");
  fs::create_symlink("nowhere", folder / "b/dangling.png");
  std::string whole;
  {
    std::ifstream file(folder / "a/1.png", std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(file), {});
  }
  put_text(folder / "a/cut.png", whole.substr(0, whole.size() / 2));

  const ImageFolder found = read_image_folder(folder / "");
  const Audit audited = audit(found, {.threads = 2});
  const auto file = [&](const char* path) { return audited.files[at(found, path)]; };
  for (const char* path : {"a/empty.jpg", "b/empty.jpg", "b/text.jpg", "b/dangling.png"}) {
    CHECK_FALSE(file(path).readable());
    CHECK_FALSE(file(path).problem.empty());
  }
  CHECK(file("b/dangling.png").problem.find("dangling.png") != std::string::npos);
  CHECK(file("a/cut.png").condition == Condition::truncated);
  CHECK(file("a/cut.png").readable());
  CHECK(file("a/1.png").condition == Condition::intact);
  CHECK(file("b/empty.jpg").content == at(found, "a/empty.jpg"));
  CHECK(file("b/empty.jpg").group != file("a/empty.jpg").group);
  CHECK(audited.conflicting.empty());
}

TEST_CASE("the audit does not depend on the number of threads") {
  const TemporaryFolder folder;
  for (std::uint64_t i = 0; i < 24; ++i) {
    const Image image = radiograph(i / 3, static_cast<int>(i / 3 % 2), 64);
    put_png(folder / ((i / 3 % 2 == 0 ? "a/" : "b/") + std::to_string(i) + ".png"),
            turned(image, static_cast<float>(10 * (i % 3))));
  }
  const ImageFolder found = read_image_folder(folder / "");
  const Audit one = audit(found), four = audit(found, {.threads = 4});
  CHECK(groups_of(found, one) == groups_of(found, four));
  CHECK(groups_of(found, one).size() == 8);
  REQUIRE(one.near_repeats.size() == four.near_repeats.size());
  for (std::size_t i = 0; i < one.near_repeats.size(); ++i) {
    CHECK(one.near_repeats[i].second == four.near_repeats[i].second);
    CHECK(one.near_repeats[i].agreement == four.near_repeats[i].agreement);
  }
}

TEST_CASE("the real radiographs: exact repeats, to the file" * doctest::test_suite("slow")) {
  const auto root = osteon::test::shared_folder("data/kaggle_fracture_320");
  if (!root) return;
  const ImageFolder found = read_image_folder(*root);
  const Audit audited = audit(found, {.threads = 2});
  CHECK(count_distinct(audited, &AuditedFile::content) == 3866);  // 6,714 of 10,580 are repeats
  const auto in_train = [&](Part part, int label, std::size_t AuditedFile::*what) {
    return count_shared(found, audited, part, label, Part::train, what);
  };
  CHECK(in_train(Part::val, 0, &AuditedFile::content) == 236);
  CHECK(in_train(Part::val, 1, &AuditedFile::content) == 492);
  CHECK(in_train(Part::test, 0, &AuditedFile::content) == 223);
  CHECK(in_train(Part::test, 1, &AuditedFile::content) == 268);
  CHECK(in_train(Part::test, 0, &AuditedFile::group) > 223);
  CHECK(audited.conflicting.empty());

  std::size_t truncated = 0, unreadable = 0;
  for (const AuditedFile& file : audited.files) {
    truncated += file.condition == Condition::truncated ? 1 : 0;
    unreadable += file.readable() ? 0 : 1;
  }
  CHECK(truncated == 18);
  CHECK(unreadable == 0);

  // Names tell the truth about most pictures, which checks the comparison: files made from one
  // radiograph by turning it are repeats, and radiographs of different classes are not.
  std::size_t same_source = 0;
  for (const NearRepeat& pair : audited.near_repeats) {
    same_source += audited.files[pair.first].source == audited.files[pair.second].source ? 1 : 0;
    CHECK(found.samples[pair.first].label == found.samples[pair.second].label);
  }
  CHECK(same_source > 59'000);  // of 59,524 pairs of pictures with one name; the others differ
}
