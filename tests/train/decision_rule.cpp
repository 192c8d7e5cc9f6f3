#include <osteon/core/error.hpp>
#include <osteon/train/decision_rule.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

using namespace osteon;

namespace {

std::string error_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("DecisionRule: metadata and back, exactly") {
  const train::DecisionRule rule{.positive_class = "fractured",
                                 .temperature = 1.0 / 3,
                                 .sensitivity = train::OperatingPoint{0.1, 0.95, 0.7},
                                 .specificity = train::OperatingPoint{0.9, 1.0 / 7, 0.96}};
  io::Metadata metadata{{"network", "resnet18"}};
  train::store(rule, metadata);
  CHECK(metadata.size() == 5);
  CHECK(metadata.at("positive_class") == "fractured");
  const auto read = train::read_decision_rule(metadata, "m");
  CHECK(read.positive_class == rule.positive_class);
  CHECK(read.temperature == rule.temperature);
  CHECK(train::to_text(*read.sensitivity) == train::to_text(*rule.sensitivity));
  CHECK(train::to_text(*read.specificity) == train::to_text(*rule.specificity));

  const auto nothing = train::read_decision_rule({}, "m");
  CHECK(nothing.positive_class.empty());
  CHECK(nothing.temperature == 1);
  CHECK_FALSE(nothing.sensitivity.has_value());
  io::Metadata little;
  train::store(nothing, little);
  CHECK(little == io::Metadata{{"temperature", "1"}});
}

TEST_CASE("DecisionRule: damaged metadata is named") {
  for (const char* bad : {"", "zero", "0", "-1", "inf", "nan", "1.5x"})
    CHECK(error_of([&] {
            (void)train::read_decision_rule({{"temperature", bad}}, "m.file");
          }) ==
          concat("m.file: metadata \"temperature\" is \"", bad, "\"; it must be a number above 0"));
  CHECK(error_of([] {
          (void)train::read_decision_rule({{"operating_point.sensitivity", "0.5"}}, "m.file");
        }).starts_with("m.file: metadata \"operating_point.sensitivity\": \"0.5\" is not"));
}

TEST_CASE("choose_operating_point: by name or by number") {
  train::DecisionRule rule;
  rule.sensitivity = train::OperatingPoint{0.2, 0.95, 0.6};
  CHECK(train::choose_operating_point(rule, "sensitivity").threshold == 0.2);
  CHECK(train::choose_operating_point(rule, "sensitivity").specificity == 0.6);
  CHECK(train::choose_operating_point(rule, "0.5").threshold == 0.5);
  CHECK(std::isnan(train::choose_operating_point(rule, "0.5").sensitivity));
  CHECK(error_of([&] { (void)train::choose_operating_point(rule, "specificity"); }) ==
        "the model has no operating point for a specificity; give sensitivity or a threshold, "
        "such as 0.5");
  for (const char* bad : {"", "half", "1.01", "-0.1", "0.5 ", "nan"})
    CHECK(error_of([&] {
            (void)train::choose_operating_point(rule, bad);
          }).find("is no operating point") != std::string::npos);
}

TEST_CASE("choose_operating_point: one that answers every image alike is refused, and says so") {
  constexpr double never = std::numeric_limits<double>::infinity();
  train::DecisionRule rule;
  rule.sensitivity = train::OperatingPoint{0.2, 0.95, 0.6};
  const auto refusal = [&](const char* name) {
    return error_of([&] { (void)train::choose_operating_point(rule, name); });
  };
  rule.specificity = train::OperatingPoint{never, 0, 1};
  CHECK(refusal("specificity") ==
        "the model's operating point for a specificity decides nothing: on its validation images "
        "that specificity was not reached with any positive image found; give sensitivity or a "
        "threshold, such as 0.5");
  CHECK(refusal("sensitivity") == "no error");
  // Above the threshold only negative images; below it no image at all.
  rule.specificity = train::OperatingPoint{0.9, 0, 0.96};
  rule.sensitivity = train::OperatingPoint{0.1, 1, 0};
  CHECK(refusal("specificity").ends_with("image found; give a threshold, such as 0.5"));
  CHECK(refusal("sensitivity") ==
        "the model's operating point for a sensitivity decides nothing: on its validation images "
        "that sensitivity was not reached with any negative image recognised; give a threshold, "
        "such as 0.5");
  rule.specificity = train::OperatingPoint{0.9, 0.01, 0.96};
  CHECK(refusal("specificity") == "no error");
}
