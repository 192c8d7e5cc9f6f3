// Definitions of command_line.hpp, and the only file that includes CLI11.
#pragma once

#include <osteon/cli/command_line.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace osteon::cli {

// CLI11's own checks of numbers take nan and inf.
OSTEON_INLINE Check number(std::string what, std::function<bool(double)> fits) {
  return [what = std::move(what), fits = std::move(fits)](const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    const bool good = end != text.c_str() && *end == '\0' && std::isfinite(value) && fits(value);
    return good ? std::string() : concat("must be ", what, ", not ", text);
  };
}

OSTEON_INLINE Check positive() {
  return number("a number above 0", [](double x) { return x > 0; });
}
OSTEON_INLINE Check not_negative() {
  return number("a number of at least 0", [](double x) { return x >= 0; });
}
OSTEON_INLINE Check between(double least, double most) {
  return number(concat("from ", least, " to ", most),
                [=](double x) { return x >= least && x <= most; });
}

OSTEON_INLINE Option& Option::check(const Check& check) {
  option_->check(CLI::Validator([check](const std::string& text) { return check(text); }, ""));
  return *this;
}
OSTEON_INLINE Option& Option::choices(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}
OSTEON_INLINE Option& Option::required() {
  option_->required();
  return *this;
}
OSTEON_INLINE Option& Option::needs(const Option& other) {
  option_->needs(other.option_);
  return *this;
}
OSTEON_INLINE Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}
OSTEON_INLINE Option& Option::hide_default() {
  option_->default_str("");
  return *this;
}

OSTEON_INLINE CommandLine::CommandLine(const std::string& description, const std::string& program)
    : app_(std::make_unique<CLI::App>(description, program)) {
  app_->option_defaults()->always_capture_default();
}
OSTEON_INLINE CommandLine::~CommandLine() = default;

namespace detail {

template <class T>
Option add_value(CLI::App& app, const std::string& names, T& value, const std::string& what) {
  return Option(
      app.add_option(names, value, what)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
}

}  // namespace detail

OSTEON_INLINE Option CommandLine::add(const std::string& names, int& value,
                                      const std::string& what) {
  return detail::add_value(*app_, names, value, what);
}
OSTEON_INLINE Option CommandLine::add(const std::string& names, std::int64_t& value,
                                      const std::string& what) {
  return detail::add_value(*app_, names, value, what);
}
OSTEON_INLINE Option CommandLine::add(const std::string& names, std::uint64_t& value,
                                      const std::string& what) {
  return detail::add_value(*app_, names, value, what);
}
OSTEON_INLINE Option CommandLine::add(const std::string& names, float& value,
                                      const std::string& what) {
  return detail::add_value(*app_, names, value, what);
}
OSTEON_INLINE Option CommandLine::add(const std::string& names, double& value,
                                      const std::string& what) {
  return detail::add_value(*app_, names, value, what);
}
OSTEON_INLINE Option CommandLine::add(const std::string& names, std::string& value,
                                      const std::string& what) {
  return detail::add_value(*app_, names, value, what);
}
OSTEON_INLINE Option CommandLine::add(const std::string& names, std::filesystem::path& value,
                                      const std::string& what) {
  return detail::add_value(*app_, names, value, what);
}
OSTEON_INLINE Option CommandLine::add(const std::string& names, std::vector<int>& values,
                                      const std::string& what) {
  return Option(app_->add_option(names, values, what));
}
OSTEON_INLINE Option CommandLine::add(const std::string& names, std::vector<std::string>& values,
                                      const std::string& what) {
  return Option(app_->add_option(names, values, what));
}

OSTEON_INLINE Option CommandLine::flag(const std::string& names, bool& value,
                                       const std::string& what) {
  return Option(app_->add_flag(names, value, what));
}

OSTEON_INLINE void CommandLine::version(const std::string& text) {
  app_->set_version_flag("--version", text);
}

OSTEON_INLINE std::string CommandLine::program() const { return app_->get_name(); }

OSTEON_INLINE bool CommandLine::given(const std::string& name) const {
  return app_->count(name) > 0;
}

OSTEON_INLINE std::optional<int> CommandLine::parse(int argc, const char* const* argv,
                                                    const std::function<void()>& check) {
  try {
    app_->parse(argc, argv);
    if (check) check();
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app_->exit(error) == 0 ? 0 : 2;
  }
}

OSTEON_INLINE void reject(const std::string& option, const std::string& why) {
  throw CLI::ValidationError(option, why);
}

OSTEON_INLINE std::string cli11_version() { return CLI11_VERSION; }

}  // namespace osteon::cli
