// The options of a program, read by CLI11.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace osteon::cli {

/// What is wrong with a value as it was written, such as "must be above 0, not -1"; empty if
/// nothing is.
using Check = std::function<std::string(const std::string& value)>;

/// A finite number that `fits`; `what` follows "must be".
[[nodiscard]] Check number(std::string what, std::function<bool(double)> fits);
[[nodiscard]] Check positive();
[[nodiscard]] Check not_negative();
/// Both ends included.
[[nodiscard]] Check between(double least, double most);

/// One option of a CommandLine, to say more about it.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option& check(const Check& check);
  /// One of these.
  Option& choices(const std::vector<std::string>& values);
  Option& required();
  Option& needs(const Option& other);
  Option& excludes(const Option& other);
  /// Its first value says that it was not given, and is not shown.
  Option& hide_default();

 private:
  CLI::Option* option_;
};

/// "--name VALUE", "--name=VALUE" and "value" in its place, with --help. Of an option that is given
/// twice the last one counts, as shells and makefiles expect; lists take all.
class CommandLine {
 public:
  explicit CommandLine(const std::string& description, const std::string& program = "");
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine();

  /// `names` is "--name", or "name" for what is recognised by its place. `value` has the default,
  /// gets what is given, and must outlive parse().
  Option add(const std::string& names, int& value, const std::string& what);
  Option add(const std::string& names, std::int64_t& value, const std::string& what);
  Option add(const std::string& names, std::uint64_t& value, const std::string& what);
  Option add(const std::string& names, float& value, const std::string& what);
  Option add(const std::string& names, double& value, const std::string& what);
  Option add(const std::string& names, std::string& value, const std::string& what);
  Option add(const std::string& names, std::filesystem::path& value, const std::string& what);
  Option add(const std::string& names, std::vector<int>& values, const std::string& what);
  Option add(const std::string& names, std::vector<std::string>& values, const std::string& what);
  /// True when given; with "--name,!--no-name" false by the other.
  Option flag(const std::string& names, bool& value, const std::string& what);
  /// What --version prints.
  void version(const std::string& text);

  /// The program's name.
  [[nodiscard]] std::string program() const;
  /// After parse().
  [[nodiscard]] bool given(const std::string& name) const;

  /// Sets all values, then calls `check`, which may reject() them. None: go on. Otherwise the
  /// status to end with: what there is to say was printed. 0 after --help and --version, 2 after a
  /// mistake.
  [[nodiscard]] std::optional<int> parse(int argc, const char* const* argv,
                                         const std::function<void()>& check = {});

 private:
  std::unique_ptr<CLI::App> app_;
};

/// Within parse(): ends it with "OPTION: WHY".
[[noreturn]] void reject(const std::string& option, const std::string& why);

[[nodiscard]] std::string cli11_version();

}  // namespace osteon::cli

#if !defined(OSTEON_COMPILED)
#include <osteon/cli/command_line.ipp>
#endif
