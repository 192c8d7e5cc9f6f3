#include <osteon/io/json.hpp>

#include "temporary_folder.hpp"
#include <doctest/doctest.h>

using namespace osteon;
using osteon::test::error_of;
using osteon::test::TemporaryFolder;

TEST_CASE("a value is read back as it was written, its names in order") {
  const TemporaryFolder folder;
  io::Json value;
  value["zebra"] = 1;
  value["apple"]["loss"] = 0.1;
  value["apple"]["confusion"] = {{1, 2}, {3, 4}};
  io::write_json(folder / "x.json", value);
  const io::Json read = io::read_json(folder / "x.json");
  CHECK(read == value);
  CHECK(read.begin().key() == "zebra");
  CHECK(io::read_file(folder / "x.json").starts_with("{\n  \"zebra\": 1,\n"));
}

TEST_CASE("a name that isn't UTF-8 is written, not refused") {
  const TemporaryFolder folder;
  io::write_json(folder / "x.json", {{"file", "caf\xe9.png"}});
  CHECK(io::read_json(folder / "x.json")["file"] == "caf\xef\xbf\xbd.png");
}

TEST_CASE("bad JSON is refused with the file's name and the place") {
  const TemporaryFolder folder;
  io::write_file(folder / "x.json", "{\"a\": 1,\n");
  const std::string message = error_of([&] { (void)io::read_json(folder / "x.json"); });
  CHECK(message.starts_with((folder / "x.json").string() + ": not valid JSON ("));
  CHECK(message.find("line 2") != std::string::npos);
  for (const char* text : {"", "{", "[1,]", "{}x", "nul", "\"\xff\""})
    CHECK(error_of([&] { (void)io::parse_json(text, "x"); }).starts_with("x: not valid JSON"));
}

TEST_CASE("a name that occurs twice in one object is refused, in two objects it is not") {
  CHECK(error_of([&] { (void)io::parse_json(R"({"b": {"a": 1, "a": 2}})", "x"); }) ==
        "x: the name \"a\" occurs twice in one JSON object; keep one of them");
  CHECK(io::parse_json(R"({"a": {"a": 1}, "b": [{"a": 2}, {"a": 3}]})", "x").size() == 2);
}
