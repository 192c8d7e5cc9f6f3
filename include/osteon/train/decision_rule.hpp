// From a network's probability to a decision: what was chosen on validation images and travels in
// the model file.
#pragma once

#include <osteon/io/model_state.hpp>
#include <osteon/train/operating_point.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace osteon::train {

/// The thresholds stand for probabilities of the positive class after the temperature.
struct DecisionRule {
  std::string positive_class{};                 ///< empty: unknown
  double temperature = 1;                       ///< of softmax(logits / T)
  std::optional<OperatingPoint> sensitivity{};  ///< chosen for a sensitivity
  std::optional<OperatingPoint> specificity{};  ///< chosen for a specificity
};

/// The keys of a rule in a model file's metadata.
namespace decision_key {
inline constexpr const char* positive_class = "positive_class";
inline constexpr const char* temperature = "temperature";
inline constexpr const char* sensitivity = "operating_point.sensitivity";
inline constexpr const char* specificity = "operating_point.specificity";

}  // namespace decision_key

/// Adds a rule to a model's metadata; what is unknown is left out.
void store(const DecisionRule& rule, io::Metadata& metadata);

/// The rule in a model's metadata; what is not there keeps its default. Throws Error on text that
/// is none; `where` (the model's path) opens its message.
[[nodiscard]] DecisionRule read_decision_rule(const io::Metadata& metadata, std::string_view where);

/// The threshold that `name` stands for: a number in [0, 1], or "sensitivity" or "specificity",
/// which the rule must have and its validation images must have reached. Throws Error on anything
/// else. Rates that are not known are NaN.
[[nodiscard]] OperatingPoint choose_operating_point(const DecisionRule& rule,
                                                    std::string_view name);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/decision_rule.ipp>
#endif
