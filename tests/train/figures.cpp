#include <osteon/train/figures.hpp>
#include <osteon/train/figures/style.hpp>

#include "../io/temporary_folder.hpp"
#include <doctest/doctest.h>

#include <utility>

using namespace osteon;
using osteon::test::error_of;
using osteon::test::TemporaryFolder;

namespace {

using Names = std::vector<std::string>;

/// Width and height of a PNG file, {0, 0} if it is none.
std::pair<int, int> png_size(const std::filesystem::path& path) {
  const std::string png = io::read_file(path);
  if (!png.starts_with("\x89PNG\r\n\x1a\n") || png.size() < 24) return {0, 0};
  const auto number_at = [&](std::size_t offset) {
    int value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value = value << 8 | static_cast<unsigned char>(png[offset + i]);
    return value;
  };
  return {number_at(16), number_at(20)};
}

const Names awkward_names{"it's \"not\" $fractured", "größer_{x}"};

}  // namespace

TEST_CASE("numbers are written for readers") {
  using namespace train::detail;
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1000) == "1,000");
  CHECK(format_count(11177538) == "11,177,538");
  CHECK(format_count(-123456) == "-123,456");
  CHECK(format_percent(558397, 11167936, 2) == "5.00 %");
  CHECK(format_percent(1, 3) == "33.3 %");
  CHECK(format_percent(0, 0) == "0.0 %");
}

TEST_CASE("the class distribution is drawn with one part and with three") {
  const TemporaryFolder folder;
  const std::vector<train::PartCounts> parts{
      {"train", {80, 20}}, {"val", {8, 0}}, {"test", {0, 0}}};
  train::plot_class_distribution(folder / "3.png", awkward_names, parts);
  CHECK(png_size(folder / "3.png") == std::pair(1200, 700));
  train::plot_class_distribution(folder / "1.png", awkward_names, std::span(parts).first(1));
  CHECK(png_size(folder / "1.png") == std::pair(1200, 700));

  CHECK(error_of([&] {
          train::plot_class_distribution(folder / "x.png", awkward_names, std::span(parts).last(1));
        }).find("there are no images") != std::string::npos);
  CHECK(error_of([&] { train::plot_class_distribution(folder / "x.png", Names{"a"}, parts); }) ==
        "the class distribution of train has 2 counts for 1 classes");
}

TEST_CASE("samples are drawn in grey and in colour, whatever bytes they hold") {
  const TemporaryFolder folder;
  std::vector<std::uint8_t> grey(8 * 8), colour(8 * 8 * 3);
  for (std::size_t i = 0; i < grey.size(); ++i) grey[i] = static_cast<std::uint8_t>(i);
  for (std::size_t i = 0; i < colour.size(); ++i) colour[i] = static_cast<std::uint8_t>(i + 64);
  const std::vector<train::Sample> samples{
      {grey, "a"}, {grey, awkward_names[0], true}, {grey, "", false}};
  train::plot_samples(folder / "grey.png", samples, {.size = 8, .columns = 2});
  const auto [width, height] = png_size(folder / "grey.png");
  CHECK(width == 560);
  CHECK(height == 670);
  const std::vector<train::Sample> one{{colour, "b"}};
  train::plot_samples(folder / "colour.png", one, {.size = 8, .channels = 3});
  CHECK(png_size(folder / "colour.png").first > 0);

  CHECK(error_of([&] { train::plot_samples(folder / "x.png", one, {.size = 8}); }) ==
        "example image 0 has 192 bytes, not 8 x 8 x 1");
  CHECK_THROWS_AS(train::plot_samples(folder / "x.png", {}), Error);
}

TEST_CASE("curves are drawn for one epoch, for many, and without a best one") {
  const TemporaryFolder folder;
  std::vector<train::EpochRecord> history;
  for (int epoch = 1; epoch <= 50; ++epoch) {
    history.push_back({epoch, 1.0 / epoch, 0.9, 1.1 / epoch, 0.8, 1e-3, 1, 100});
    if (epoch != 1 && epoch != 50) continue;
    train::plot_curves(folder / "curves.png", history, epoch / 2);
    CHECK(png_size(folder / "curves.png") == std::pair(1200, 700));
  }
  CHECK_THROWS_AS(train::plot_curves(folder / "x.png", {}, 0), Error);
}

TEST_CASE("the confusion matrix is drawn for two classes, for many, and for an empty row") {
  const TemporaryFolder folder;
  train::ConfusionMatrix matrix(2);
  matrix.add(0, 1, 1234);
  train::plot_confusion_matrix(folder / "2.png", matrix, awkward_names);
  CHECK(png_size(folder / "2.png") == std::pair(860, 810));
  train::plot_confusion_matrix(folder / "12.png", train::ConfusionMatrix(12), Names(12, "name"));
  CHECK(png_size(folder / "12.png") == std::pair(1300, 1250));
  const auto drawn = [&](std::string_view part) {
    train::plot_confusion_matrix(folder / "titled.png", matrix, awkward_names, part);
    return io::read_file(folder / "titled.png");
  };
  CHECK(drawn("") == io::read_file(folder / "2.png"));
  CHECK(drawn("test") != drawn("validation"));  // the titles
  CHECK_THROWS_AS(train::plot_confusion_matrix(folder / "x.png", matrix, Names{"a"}), Error);
}

TEST_CASE("layer densities are drawn, fully kept and fully pruned ones too") {
  const TemporaryFolder folder;
  const std::vector<train::LayerDensity> layers{
      {"conv1", 9408, 9408}, {"layer1.0.conv1", 0, 36864}, {"none", 0, 0}};
  train::plot_layer_density(folder / "x.png", layers);
  CHECK(png_size(folder / "x.png") == std::pair(1200, 250));
  train::plot_layer_density(folder / "x.png", std::span(layers).subspan(1));
  CHECK(png_size(folder / "x.png") == std::pair(1200, 220));
  CHECK_THROWS_AS(train::plot_layer_density(folder / "y.png", {}), Error);
  CHECK(folder.names() == Names{"x.png"});
}
