#include <osteon/core/error.hpp>
#include <osteon/io/weight_report.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>

using namespace osteon;

TEST_CASE("WeightReport: what keeps its values makes it partial") {
  io::WeightReport report{.loaded = {"a.weight"}, .unexpected = {"b"}};
  CHECK(report.complete());
  report.folded_biases["a"] = {1};
  CHECK(report.complete());
  report.missing = {"c"};
  CHECK_FALSE(report.complete());
  report.missing.clear();
  report.reshaped = {{"d", {2}, {3}}};
  CHECK_FALSE(report.complete());
}

TEST_CASE("WeightReport: the table names layers once and keeps its lines short") {
  io::WeightReport report{.loaded = {"scale"}};
  for (int i = 0; i < 60; ++i)
    for (const char* part : {"weight", "bias"})
      report.missing.push_back(concat("layer", i, ".0.conv1.", part));
  report.reshaped = {{"fc.weight", {1000, 512}, {2, 512}}};
  report.folded_biases["conv1"] = {0};
  const std::string table = to_string(report);
  std::istringstream lines(table);
  std::string line;
  while (std::getline(lines, line)) {
    CHECK(line.size() <= 100);
    CHECK_FALSE(line.ends_with(' '));
  }
  CHECK(table.find("missing     120   layer0.0.conv1.{weight, bias}, layer1.0") !=
        std::string::npos);
  CHECK(table.find("layer59.0.conv1.{weight, bias}\n") != std::string::npos);
  CHECK(table.find("loaded        1   scale\n") != std::string::npos);
  CHECK(table.find("fc.weight [1000, 512] in the file, [2, 512] in the network\n") !=
        std::string::npos);
  CHECK(table.find("which is to be restored)\n") != std::string::npos);
}
