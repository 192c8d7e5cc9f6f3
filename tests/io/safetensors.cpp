#include <osteon/io/safetensors.hpp>

#include "temporary_folder.hpp"
#include <doctest/doctest.h>

#include <cstdlib>

using namespace osteon;
using osteon::test::error_of;
using osteon::test::TemporaryFolder;

namespace {

/// A file of that header, with `data_size` bytes 0, 1, 2, ... after it.
std::string make_file(const std::string& header, std::size_t data_size) {
  const std::uint64_t length = header.size();
  std::string content(8, '\0');
  std::memcpy(content.data(), &length, 8);
  content += header;
  for (std::size_t i = 0; i < data_size; ++i) content += static_cast<char>(i);
  return content;
}

std::string refusal(const std::string& header, std::size_t data_size) {
  return error_of([&] { (void)io::SafetensorsFile::parse(make_file(header, data_size), "x"); });
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Two tensors and metadata, as write_safetensors writes them.
std::string example_file() {
  const TemporaryFolder folder;
  const std::vector<float> weight{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> steps{42};
  const std::vector<io::TensorToWrite> tensors{
      io::tensor_to_write<float>("conv1.weight", {2, 3}, weight),
      io::tensor_to_write<std::int64_t>("bn1.num_batches_tracked", {}, steps)};
  io::write_safetensors(folder / "x", tensors, {{"format", "pt"}, {"classes", "a, \"b\""}});
  return io::read_file(folder / "x");
}

}  // namespace

TEST_CASE("tensors, metadata and order survive the round trip") {
  const auto file = io::SafetensorsFile::parse(example_file(), "x");
  REQUIRE(file.tensors().size() == 2);
  CHECK(file.tensors()[0].name == "bn1.num_batches_tracked");  // 8-byte elements come first
  CHECK(file.metadata() == io::Metadata{{"classes", "a, \"b\""}, {"format", "pt"}});

  const io::TensorInfo& weight = file.at("conv1.weight");
  CHECK(weight.dtype == "F32");
  CHECK(weight.shape == std::vector<std::int64_t>{2, 3});
  CHECK(weight.element_count() == 6);
  CHECK(weight.byte_count() == 24);
  CHECK(file.read_as<float>("conv1.weight") == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(file.read_as<std::int64_t>("bn1.num_batches_tracked") == std::vector<std::int64_t>{42});
  CHECK(file.find("conv1.bias") == nullptr);
  CHECK(error_of([&] { (void)file.bytes("conv1.bias"); }) ==
        "x: there is no tensor \"conv1.bias\" among its 2; is it a file of another network?");
}

TEST_CASE("the data begins at a multiple of 8 and every tensor is aligned") {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> odd(3, 1);
  const std::vector<double> wide{0.25};
  for (std::string name = "n"; name.size() < 9; name += 'n') {
    const std::vector<io::TensorToWrite> tensors{io::tensor_to_write<std::uint8_t>(name, {3}, odd),
                                                 io::tensor_to_write<double>("wide", {1}, wide)};
    io::write_safetensors(folder / "x", tensors);
    const std::string content = io::read_file(folder / "x");
    CHECK((content.size() - 3) % 8 == 0);
    const auto file = io::SafetensorsFile::parse(content, "x");
    CHECK(file.at("wide").begin == 0);
    CHECK(file.read_as<double>("wide") == wide);
  }
}

TEST_CASE("no tensors, empty tensors and scalars are fine") {
  const TemporaryFolder folder;
  io::write_safetensors(folder / "x", {});
  CHECK(io::SafetensorsFile::read(folder / "x").tensors().empty());

  const std::vector<io::TensorToWrite> tensors{{"none", "F32", {0, 3}, {}},
                                               {"empty", "I8", {0}, {}}};
  io::write_safetensors(folder / "x", tensors);
  const auto file = io::SafetensorsFile::read(folder / "x");
  CHECK(file.read_as<float>("none").empty());
  CHECK(file.at("none").shape == std::vector<std::int64_t>{0, 3});
}

TEST_CASE("the writer refuses what a reader would") {
  const TemporaryFolder folder;
  const std::vector<float> two{1, 2};
  const auto write = [&](std::vector<io::TensorToWrite> tensors) {
    return error_of([&] { io::write_safetensors(folder / "x", tensors); });
  };
  const auto good = io::tensor_to_write<float>("a", {2}, two);
  CHECK(contains(write({good, good}), "\"a\" is reserved or given twice"));
  CHECK(contains(write({io::tensor_to_write<float>("a", {3}, two)}),
                 "takes 12 bytes but was given 8"));
  CHECK(contains(write({{"a", "F31", {2}, good.bytes}}), "unknown dtype"));
  CHECK(contains(write({{"a", "F32", {-2}, good.bytes}}), "bad shape"));
  CHECK(contains(write({{"__metadata__", "F32", {2}, good.bytes}}), "reserved"));
  CHECK(contains(write({{"\xff", "F32", {2}, good.bytes}}), "isn't UTF-8"));
  CHECK(folder.names().empty());
}

TEST_CASE("every cut is refused") {
  const std::string whole = example_file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string message =
        error_of([&] { (void)io::SafetensorsFile::parse(whole.substr(0, size), "cut"); });
    CHECK_MESSAGE(message.starts_with("cut: "), "cut to ", size, ": ", message);
  }
  CHECK(contains(error_of([&] { (void)io::SafetensorsFile::parse(whole + '\0', "x"); }),
                 "something was appended"));
}

TEST_CASE("a flipped bit of the header is refused or changes no more than a name or a text") {
  const std::string whole = example_file();
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), 8);
  int refused = 0;
  for (std::size_t i = 0; i < 8 + length; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      try {
        const auto file = io::SafetensorsFile::parse(damaged, "x");
        for (const io::TensorInfo& info : file.tensors()) (void)file.bytes(info);
      } catch (const Error& error) {
        CHECK(std::string(error.what()).starts_with("x: "));
        ++refused;
      }
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("each kind of damage is named") {
  const auto tensor = [](const char* dtype, const char* shape, const char* offsets) {
    return concat(R"({"dtype":")", dtype, R"(","shape":)", shape, R"(,"data_offsets":)", offsets,
                  '}');
  };
  const auto one = [&](const char* dtype, const char* shape, const char* offsets) {
    return concat(R"({"a":)", tensor(dtype, shape, offsets), '}');
  };
  const auto two = [&](const char* first, const char* second) {
    return concat(R"({"a":)", tensor("U8", "[4]", first), R"(,"b":)", tensor("U8", "[4]", second),
                  '}');
  };

  CHECK(refusal(one("U8", "[4]", "[0,4]"), 4) == "no error");
  CHECK(refusal(two("[4,8]", "[0,4]"), 8) == "no error");

  CHECK(contains(error_of([] { (void)io::SafetensorsFile::parse("abc", "x"); }), "too few"));
  CHECK(contains(error_of([] { (void)io::SafetensorsFile::parse(std::string(100, '\xff'), "x"); }),
                 "longer than the format's limit"));
  CHECK(contains(error_of([] {
                   (void)io::SafetensorsFile::parse(concat('\x40', std::string(20, '\0')), "x");
                 }),
                 "doesn't fit a file of 21"));
  CHECK(contains(refusal("[1, 2]", 0), "byte 8: expected the header"));
  CHECK(contains(refusal("{\"a\": ", 0), "header (bytes 8 to 14): not valid JSON"));
  CHECK(contains(refusal("{\"a\": 1}", 0), "tensor \"a\": expected an object"));
  CHECK(contains(refusal(R"({"a":{"dtype":"U8","shape":[4]}})", 4), "data_offsets must be"));
  CHECK(contains(refusal(R"({"a":{"shape":[4],"data_offsets":[0,4]}})", 4), "dtype is missing"));
  CHECK(contains(refusal(R"({"__metadata__":{"n":1}})", 0), "__metadata__ \"n\" must be a text"));
  CHECK(contains(refusal(R"({"__metadata__":[]})", 0), "__metadata__ must be an object"));

  CHECK(contains(refusal(one("F31", "[1]", "[0,4]"), 4), "unknown dtype \"F31\""));
  CHECK(contains(refusal(one("U8", "[-4]", "[0,4]"), 4), "shape must be a list of whole numbers"));
  CHECK(contains(refusal(one("U8", "[4.0]", "[0,4]"), 4), "shape must be a list of whole numbers"));
  CHECK(contains(refusal(one("U8", "[4]", "[0,4,8]"), 4), "must be [begin, end]"));
  CHECK(contains(refusal(one("U8", "[4]", "[4,0]"), 4), "run backwards"));
  CHECK(contains(refusal(one("U8", "[4]", "[0,5]"), 4), "end at 5 but the data has 4 bytes"));
  CHECK(contains(refusal(one("F32", "[2,1]", "[0,4]"), 4), "F32 [2, 1] takes 8 bytes, but"));
  CHECK(contains(refusal(one("F32", "[4294967296,4294967296]", "[0,4]"), 4), "too many bytes"));
  CHECK(contains(refusal(two("[0,4]", "[2,6]"), 6),
                 "\"b\" starts at data byte 2 but 4 was expected"));
  CHECK(contains(refusal(two("[0,4]", "[0,4]"), 4), "overlaps another tensor"));
  CHECK(contains(refusal(two("[0,4]", "[5,9]"), 9), "bytes before it are unused"));
  CHECK(contains(refusal(one("U8", "[4]", "[1,5]"), 5), "bytes before it are unused"));
  CHECK(contains(refusal(concat(R"({"a":)", tensor("U8", "[4]", "[0,4]"), R"(,"a":)",
                                tensor("U8", "[4]", "[4,8]"), '}'),
                         8),
                 "\"a\" occurs twice"));
}

TEST_CASE("a file written by the Python library is read") {
  const char* shared = std::getenv("OSTEON_SHARED");
  const std::filesystem::path path =
      std::filesystem::path(shared != nullptr ? shared : OSTEON_TEST_DIR "/../../shared") /
      "weights/resnet18_imagenet_bnfolded_partial.safetensors";
  if (!std::filesystem::exists(path)) {
    MESSAGE("skipped: no ", path.string());
    return;
  }
  const auto file = io::SafetensorsFile::read(path);
  CHECK(file.tensors().size() == 38);
  std::size_t elements = 0;
  for (const io::TensorInfo& info : file.tensors()) {
    elements += info.element_count();
    const auto values = file.read_as<float>(info.name);
    CHECK(values.size() == info.element_count());
    CHECK_MESSAGE(std::ranges::all_of(values, [](float v) { return v > -1e3F && v < 1e3F; }),
                  info.name);
  }
  CHECK(elements > 1'000'000);
}
