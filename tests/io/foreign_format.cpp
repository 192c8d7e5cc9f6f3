#include <osteon/io/foreign_format.hpp>
#include <osteon/io/safetensors.hpp>

#include "../data/shared_folder.hpp"
#include "temporary_folder.hpp"
#include <doctest/doctest.h>

#include <string>

using namespace osteon;
using namespace std::string_literals;
using osteon::test::error_of;

namespace {

std::string tar() {
  std::string content(512, '\0');
  content.replace(0, 8, "./header");
  content.replace(257, 5, "ustar");
  return content;
}

}  // namespace

TEST_CASE("foreign_format: other files are told by their content, with what to do") {
  const std::pair<std::string, const char*> examples[] = {
      {"PK\x03\x04"s + "archive/data.pkl", "zip archive, as torch.save() writes it"},
      {tar(), "tar archive"},
      {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9"s, "pickle, as PyTorch before 1.6 wrote it"},
      {"\x80\x04\x95\x0c\x01\x01\x01\x01\x01"s, "Python pickle"},
      {"\x89HDF\r\n\x1a\n"s, "HDF5"},
      {"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"},
      {"<!DOCTYPE html><html>", "web page"},
  };
  for (const auto& example : examples) {
    const auto& content = example.first;
    const char* const expected = example.second;
    CHECK_MESSAGE(io::foreign_format(content).find(expected) != std::string::npos, content);
    const std::string message =
        error_of([&] { static_cast<void>(io::SafetensorsFile::parse(content, "file")); });
    CHECK_MESSAGE(message.starts_with("file is a"), message);
    CHECK_MESSAGE(message.find(expected) != std::string::npos, message);
    CHECK(message.find("not a safetensors file") != std::string::npos);
  }
  CHECK(io::foreign_format("").empty());
  CHECK(io::foreign_format("{\"a\": 1}").empty());
  CHECK(io::foreign_format(std::string(300, 'x')).empty());
}

TEST_CASE("foreign_format: a safetensors file is never taken for another") {
  // A header as long as a zip file's first bytes say: 0x50 0x4B is 19280.
  std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  header.resize(0x4B50, ' ');
  const auto file = io::SafetensorsFile::parse("PK\0\0\0\0\0\0"s + header + "\x07", "x");
  CHECK(file.tensors().size() == 1);
}

TEST_CASE("foreign_format: PyTorch's own files, cut short and whole") {
  const auto cut = osteon::test::shared_folder("bad_input");
  const auto weights = osteon::test::shared_folder("weights/cifar_resnet");
  if (!cut || !weights) return;
  const auto message = [](const std::filesystem::path& path) {
    return error_of([&] { static_cast<void>(io::SafetensorsFile::read(path)); });
  };
  CHECK(message(*cut / "resnet18-f37072fd.pth").find("zip archive") != std::string::npos);
  CHECK(message(*cut / "resnet18-5c106cde.pth").find("tar archive") != std::string::npos);
  CHECK(message(*weights / "resnet20-12fca82f.th").find("Python pickle") != std::string::npos);
}
