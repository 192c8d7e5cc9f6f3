// Definitions of decision_rule.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/train/decision_rule.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace osteon::train {

OSTEON_INLINE void store(const DecisionRule& rule, io::Metadata& metadata) {
  std::array<char, 32> temperature{};
  std::snprintf(temperature.data(), temperature.size(), "%.17g", rule.temperature);
  metadata[decision_key::temperature] = temperature.data();
  if (!rule.positive_class.empty()) metadata[decision_key::positive_class] = rule.positive_class;
  if (rule.sensitivity) metadata[decision_key::sensitivity] = to_text(*rule.sensitivity);
  if (rule.specificity) metadata[decision_key::specificity] = to_text(*rule.specificity);
}

OSTEON_INLINE DecisionRule read_decision_rule(const io::Metadata& metadata,
                                              std::string_view where) {
  DecisionRule rule;
  const auto with = [&](const char* key, const auto& use) {
    if (const auto found = metadata.find(key); found != metadata.end()) use(found->second);
  };
  const auto point = [&](const char* key, std::optional<OperatingPoint>& target) {
    with(key, [&](const std::string& text) {
      target = parse_operating_point(text, concat(where, ": metadata \"", key, '"'));
    });
  };
  with(decision_key::positive_class, [&](const std::string& name) { rule.positive_class = name; });
  with(decision_key::temperature, [&](const std::string& text) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), rule.temperature);
    require(error == std::errc{} && end == text.data() + text.size() && rule.temperature > 0 &&
                std::isfinite(rule.temperature),
            where, ": metadata \"temperature\" is \"", text, "\"; it must be a number above 0");
  });
  point(decision_key::sensitivity, rule.sensitivity);
  point(decision_key::specificity, rule.specificity);
  return rule;
}

OSTEON_INLINE OperatingPoint choose_operating_point(const DecisionRule& rule,
                                                    std::string_view name) {
  const bool sensitive = name == "sensitivity";
  if (sensitive || name == "specificity") {
    const auto& point = sensitive ? rule.sensitivity : rule.specificity;
    const auto& other = sensitive ? rule.specificity : rule.sensitivity;
    const char* instead = !other || !is_reached(*other) ? ""
                          : sensitive                   ? "specificity or "
                                                        : "sensitivity or ";
    require(point.has_value(), "the model has no operating point for a ", name, "; give ", instead,
            "a threshold, such as 0.5");
    require(is_reached(*point), "the model's operating point for a ", name,
            " decides nothing: on its validation images that ", name, " was not reached ",
            sensitive ? "with any negative image recognised" : "with any positive image found",
            "; give ", instead, "a threshold, such as 0.5");
    return *point;
  }
  double threshold = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), threshold);
  require(
      error == std::errc{} && end == name.data() + name.size() && threshold >= 0 && threshold <= 1,
      "\"", name,
      "\" is no operating point; it is sensitivity, specificity or a threshold in [0, 1]");
  return {threshold, std::nan(""), std::nan("")};
}

}  // namespace osteon::train
