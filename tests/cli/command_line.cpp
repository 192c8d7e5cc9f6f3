#include <osteon/cli/command_line.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

using namespace osteon;

namespace {

struct Request {
  int count = 3;
  std::int64_t rows = -1;
  std::uint64_t seed = 42;
  float share = 0.25F;
  double rate = 1e-3;
  std::string kind = "plain";
  std::filesystem::path out = "out";
  std::vector<int> sizes{};
  std::vector<std::string> inputs{};
  bool resume = false, fast = true;
  bool rate_given = false;

  std::optional<int> parse(const std::vector<const char*>& words) {
    cli::CommandLine line("What it does", "program");
    CHECK(line.program() == "program");
    line.add("inputs", inputs, "Files");
    line.add("--count", count, "How many").check(cli::positive());
    line.add("--rows", rows, "Rows").hide_default();
    line.add("--seed", seed, "Seed");
    line.add("--share", share, "Share").check(cli::between(0.01, 0.9));
    line.add("--rate", rate, "Rate").check(cli::not_negative());
    line.add("--kind", kind, "Kind").choices({"plain", "fancy"});
    line.add("--out", out, "Folder");
    line.add("--sizes", sizes, "Sizes");
    const auto resuming = line.flag("--resume", resume, "Go on");
    line.flag("--fast,!--no-fast", fast, "Fast").excludes(resuming);
    line.version("program 1.2.3");
    std::vector<const char*> all{"program"};
    all.insert(all.end(), words.begin(), words.end());
    return line.parse(static_cast<int>(all.size()), all.data(), [&] {
      rate_given = line.given("--rate");
      if (count == 13) cli::reject("--count", "is unlucky");
    });
  }
};

}  // namespace

TEST_CASE("CommandLine: defaults stay, what is given replaces them") {
  Request defaults;
  CHECK(!defaults.parse({}));
  CHECK(defaults.count == 3);
  CHECK(defaults.kind == "plain");
  CHECK(defaults.fast);
  CHECK(!defaults.rate_given);

  Request r;
  CHECK(!r.parse({"a.png", "--count", "5", "--rows=7", "--seed", "18446744073709551615", "--share",
                  "0.5", "--rate", "0", "--kind", "fancy", "--out", "a b", "--no-fast", "--sizes",
                  "64", "128"}));
  CHECK(r.inputs == std::vector<std::string>{"a.png"});
  CHECK(r.count == 5);
  CHECK(r.rows == 7);
  CHECK(r.seed == UINT64_MAX);
  CHECK(r.share == 0.5F);
  CHECK(r.rate == 0);
  CHECK(r.rate_given);
  CHECK(r.kind == "fancy");
  CHECK(r.out == "a b");
  CHECK(r.sizes == std::vector<int>{64, 128});
  CHECK(!r.fast);
}

TEST_CASE("CommandLine: the last one counts; lists take all") {
  Request r;
  CHECK(!r.parse({"--count", "5", "--count", "6", "--sizes", "1", "--sizes", "2"}));
  CHECK(r.count == 6);
  CHECK(r.sizes == std::vector<int>{1, 2});
}

TEST_CASE("CommandLine: mistakes end with status 2, --help and --version with 0") {
  const auto status = [](const std::vector<const char*>& words) { return Request().parse(words); };
  for (const auto& words : std::vector<std::vector<const char*>>{
           {"--count", "0"},
           {"--count", "13"},  // rejected after all were read
           {"--count", "many"},
           {"--count"},
           {"--share", "0.95"},
           {"--share", "nan"},
           {"--rate", "-1"},
           {"--rate", "inf"},
           {"--kind", "other"},
           {"--unknown"},
           {"--resume", "--fast"},
       }) {
    CAPTURE(words.front());
    CHECK(status(words) == 2);
  }
  CHECK(status({"--help"}) == 0);
  CHECK(status({"--version"}) == 0);
}

TEST_CASE("CommandLine: what must be there, and what needs another") {
  std::string model, layer, explain;
  const auto status = [&](std::vector<const char*> words) {
    cli::CommandLine line("");
    line.add("model", model, "The model").required();
    const auto folder = line.add("--explain", explain, "Folder");
    line.add("--layer", layer, "Layer").needs(folder);
    words.insert(words.begin(), "program");
    return line.parse(static_cast<int>(words.size()), words.data());
  };
  CHECK(status({}) == 2);
  CHECK(status({"m", "--layer", "l"}) == 2);
  CHECK(!status({"m", "--layer", "l", "--explain", "e"}));
  CHECK(model == "m");
}

TEST_CASE("checks say what they want, and what they were given") {
  CHECK(cli::positive()("1").empty());
  CHECK(cli::positive()("0") == "must be a number above 0, not 0");
  CHECK(cli::not_negative()("0").empty());
  CHECK(cli::not_negative()("-0.5") == "must be a number of at least 0, not -0.5");
  CHECK(cli::between(0.01, 0.9)("0.9").empty());
  CHECK(cli::between(0.01, 0.9)("1") == "must be from 0.01 to 0.9, not 1");
  CHECK(cli::positive()("1x") == "must be a number above 0, not 1x");
  CHECK(cli::positive()("") == "must be a number above 0, not ");
  CHECK(!cli::cli11_version().empty());
}
