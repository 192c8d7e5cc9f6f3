#include <osteon/data/audited_split.hpp>
#include <osteon/data/dataset.hpp>
#include <osteon/data/source_name.hpp>

#include "../io/temporary_folder.hpp"
#include "shared_folder.hpp"
#include "turned.hpp"
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace osteon::data;
using osteon::test::error_of;
using osteon::test::flipped;
using osteon::test::put_png;
using osteon::test::radiograph;
using osteon::test::TemporaryFolder;
using osteon::test::turned;
namespace fs = std::filesystem;

namespace {

struct Row {
  std::string path, class_name, part, group;
};

/// Reads split.csv as any other program would, with quotes.
std::vector<Row> read_rows(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (char c; file.get(c);) {
    std::string& field = rows.back().back();
    if (c == '"') {
      if (quoted && file.peek() == '"') {
        field += static_cast<char>(file.get());
      } else {
        quoted = !quoted;
      }
    } else if (c == ',' && !quoted) {
      rows.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      rows.emplace_back(1);
    } else {
      field += c;
    }
  }
  REQUIRE(rows.back() == std::vector<std::string>(1));  // a line break ends the file
  rows.pop_back();
  REQUIRE(rows.front() == std::vector<std::string>{"path", "class", "part", "group"});
  std::vector<Row> result;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    REQUIRE(rows[i].size() == 4);
    result.push_back({rows[i][0], rows[i][1], rows[i][2], rows[i][3]});
  }
  return result;
}

/// What must hold for any split that was written, checked from the file alone where it can be: the
/// contents are read again, the sources named again.
void check_leak_free(const fs::path& csv, const ImageFolder& folder, const Audit& audited) {
  const std::vector<Row> rows = read_rows(csv);
  REQUIRE(rows.size() == folder.samples.size());
  std::set<osteon::io::Digest> contents;
  std::map<std::string, std::set<std::string>> parts_of_source, parts_of_group;
  std::map<std::string, std::set<std::string>> classes_of_part;
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    CHECK(row.path == folder.samples[i].path);
    CHECK(row.class_name == folder.classes[static_cast<std::size_t>(folder.samples[i].label)]);
    if (row.part == "dropped") continue;
    const bool is_new =
        contents.insert(osteon::io::sha256(read_bytes(folder.root / row.path))).second;
    repeated += is_new ? 0 : 1;
    parts_of_source[row.class_name + '/' + source_name(row.path)].insert(row.part);
    parts_of_group[row.group].insert(row.part);
    classes_of_part[row.part].insert(row.class_name);
  }
  CHECK(repeated == 0);
  const auto on_one_side = [](const auto& entry) { return entry.second.size() == 1; };
  CHECK(std::ranges::all_of(parts_of_source, on_one_side));
  CHECK(std::ranges::all_of(parts_of_group, on_one_side));
  CHECK(classes_of_part.size() == 3);
  for (const auto& [part, classes] : classes_of_part)
    CHECK(classes.size() == folder.classes.size());
  std::size_t torn = 0;
  for (const NearRepeat& pair : audited.near_repeats) {
    const std::string &a = rows[pair.first].part, &b = rows[pair.second].part;
    torn += a != "dropped" && b != "dropped" && a != b ? 1 : 0;
  }
  CHECK(torn == 0);
}

/// Published as the worst collections are: copies, turned copies and other names in every part.
void write_leaking_folder(const TemporaryFolder& folder) {
  const char* parts[] = {"train", "val", "test"};
  for (std::uint64_t i = 0; i < 60; ++i) {
    const int label = static_cast<int>(i % 2);
    const std::string kind = label == 0 ? "fractured" : "not fractured";
    const Image image = radiograph(i, label, 64);
    const auto put = [&](std::uint64_t part, const std::string& name, const Image& copy) {
      put_png(folder / (std::string(parts[part % 3]) + '/' + kind + '/' + name), copy);
    };
    const std::string name = std::to_string(i);
    put(0, name + ".png", image);
    if (i % 3 == 0) put(i / 3, name + " - Copy.png", image);
    if (i % 2 == 0) put(i + 1, name + "-rotated1.png", turned(image, 11));
    if (i % 5 == 0) put(i + 2, "other, \"name\" " + name + ".png", turned(image, -17));
    if (i % 7 == 0) put(i + 1, "mirror" + name + ".png", flipped(image, 1, true));
    if (i < 6) put(i, "renamed" + name + ".png", image);
    if (i % 20 == 0) put(1, name + "-rotated3.png", radiograph(100 + i, label, 64));
  }
  put_png(folder / "train/fractured/conflict.png", radiograph(200, 0, 64));
  put_png(folder / "test/not fractured/conflict2.png", radiograph(200, 0, 64));
  std::ofstream(folder / "val/fractured/broken.jpg") << "no picture";
}

}  // namespace

TEST_CASE("the written split repeats nothing across its sides") {
  const TemporaryFolder folder, out;
  write_leaking_folder(folder);
  const ImageFolder found = read_image_folder(folder / "");
  const Audit audited = audit(found);
  for (const std::uint64_t seed : {1, 2, 3}) {
    const AuditedSplit split =
        audited_split(found, audited, {.val = 0.2, .test = 0.2, .seed = seed});
    write_split_csv(out / "split.csv", found, audited, split);
    check_leak_free(out / "split.csv", found, audited);
  }
  for (int fold = 0; fold < 3; ++fold) {
    const AuditedSplit split =
        audited_split(found, audited, {.val = 0.2, .folds = 3, .fold = fold});
    write_split_csv(out / "split.csv", found, audited, split);
    check_leak_free(out / "split.csv", found, audited);
  }
}

TEST_CASE("each dropped file has its reason, and of repeats the first stays") {
  const TemporaryFolder folder;
  write_leaking_folder(folder);
  const ImageFolder found = read_image_folder(folder / "");
  const AuditedSplit split = audited_split(found, audit(found));
  std::map<std::string, DropReason> reasons;
  for (const DroppedSample& dropped : split.dropped)
    reasons[found.samples[dropped.sample].path] = dropped.reason;
  CHECK(reasons.at("train/fractured/conflict.png") == DropReason::conflicting);
  CHECK(reasons.at("test/not fractured/conflict2.png") == DropReason::conflicting);
  CHECK(reasons.at("val/fractured/broken.jpg") == DropReason::unreadable);
  CHECK(reasons.at("train/fractured/renamed0.png") == DropReason::repeat);
  // 20 copies and 6 renamed ones; a copy in train precedes its original by name ("0 - Copy.png").
  CHECK(std::ranges::count(split.dropped, DropReason::repeat, &DroppedSample::reason) == 26);
  CHECK(reasons.size() == 29);
  CHECK(split.parts.train.size() + split.parts.val.size() + split.parts.test.size() + 29 ==
        found.samples.size());
}

TEST_CASE("the samples of a split carry its parts into a data set") {
  const TemporaryFolder folder;
  write_leaking_folder(folder);
  const ImageFolder found = read_image_folder(folder / "");
  const AuditedSplit split = audited_split(found, audit(found));
  const auto samples = split_samples(found, split);
  const ImageDataset dataset = load_images(found, samples, {.image_size = 16});
  CHECK(dataset.indices(Part::train).size() == split.parts.train.size());
  CHECK(dataset.indices(Part::val).size() == split.parts.val.size());
  const auto test = dataset.indices(Part::test);
  REQUIRE(test.size() == split.parts.test.size());
  for (std::size_t i = 0; i < test.size(); ++i)
    CHECK(dataset.samples[test[i]].path == found.samples[split.parts.test[i]].path);
}

TEST_CASE("a split that cannot be made or written says why") {
  const TemporaryFolder folder;
  std::uint64_t index = 0;
  for (const char* name : {"a/1.png", "a/2.png", "b/1.png", "b/1-rotated1.png", "b/1 (2).png"})
    put_png(folder / name, radiograph(index++, 0, 32));
  const ImageFolder found = read_image_folder(folder / "");
  const Audit audited = audit(found);
  CHECK(error_of([&] {
          (void)audited_split(found, audited);
        }).find("one group holds every sample of class \"b\"") != std::string::npos);
  CHECK(error_of([&] { (void)audited_split(found, {}); }).find("audit this folder") !=
        std::string::npos);

  const TemporaryFolder twice;
  put_png(twice / "a/1.png", radiograph(0, 0, 32));
  put_png(twice / "a/2.png", radiograph(1, 0, 32));
  put_png(twice / "b/1.png", radiograph(0, 0, 32));
  const ImageFolder same = read_image_folder(twice / "");
  CHECK(error_of([&] {
          (void)audited_split(same, audit(same));
        }).find("no image of the class \"b\"") != std::string::npos);

  const AuditedSplit split{{{0}, {1}, {2}}, {}};
  CHECK(error_of([&] {
          write_split_csv(folder / "nowhere/s.csv", found, audited, split);
        }).find("nowhere") != std::string::npos);
}

TEST_CASE("the real radiographs: no leak in the written split" * doctest::test_suite("slow")) {
  const auto root = osteon::test::shared_folder("data/kaggle_fracture_320");
  if (!root) return;
  const TemporaryFolder out;
  const ImageFolder found = read_image_folder(*root);
  const Audit audited = audit(found, {.threads = 2});
  const AuditedSplit split = audited_split(found, audited, {.val = 0.15, .test = 0.15});
  write_split_csv(out / "split.csv", found, audited, split);
  check_leak_free(out / "split.csv", found, audited);
  const std::size_t kept =
      split.parts.train.size() + split.parts.val.size() + split.parts.test.size();
  CHECK(kept == count_distinct(audited, &AuditedFile::picture));
  for (const auto* part : {&split.parts.val, &split.parts.test})
    CHECK(static_cast<double>(part->size()) / static_cast<double>(kept) ==
          doctest::Approx(0.15).epsilon(0.05));
}
