// By what, on what and when a run was made.
#pragma once

#include <osteon/cli/command_line.hpp>
#include <osteon/core/error.hpp>
#include <osteon/io/json.hpp>

#include "page.hpp"
#include "report.hpp"
#include "results.hpp"
#include <sys/utsname.h>

#include <array>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace fracture {

namespace detail {

[[nodiscard]] inline std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "g++ " __VERSION__;
#else
  return "unknown";
#endif
}

[[nodiscard]] inline std::string json_version() {
  return osteon::concat(NLOHMANN_JSON_VERSION_MAJOR, '.', NLOHMANN_JSON_VERSION_MINOR, '.',
                        NLOHMANN_JSON_VERSION_PATCH);
}

/// "AMD EPYC ..., 2 processors, Linux 6.1 x86_64". Linux alone tells the processor's name.
[[nodiscard]] inline std::string machine() {
  std::string name = "unknown processor", line;
  std::ifstream info("/proc/cpuinfo");
  while (std::getline(info, line)) {
    if (!line.starts_with("model name")) continue;
    const auto at = line.find(": ");
    if (at != std::string::npos) name = line.substr(at + 2);
    break;
  }
  utsname system{};
  ::uname(&system);
  return osteon::concat(name, ", ", std::thread::hardware_concurrency(), " processors, ",
                        system.sysname, ' ', system.release, ' ', system.machine);
}

[[nodiscard]] inline std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return text.data();
}

}  // namespace detail

/// Of whatever the program does.
[[nodiscard]] inline std::vector<Fact> program_facts(const Options& options) {
  using osteon::concat;
  return {{"finished", detail::now_utc()},
          {"seed", std::to_string(options.seed)},
          {"program", concat("fracture_train ", program_version)},
          {"compiler", detail::compiler()},
          {"libraries", concat("Eigen ", eigen_version(), ", nlohmann-json ",
                               detail::json_version(), ", CLI11 ", osteon::cli::cli11_version())},
          {"machine", concat(detail::machine(), "; ", options.threads, " threads used")}};
}

[[nodiscard]] inline std::vector<Fact> run_facts(const Options& options, const Results& results) {
  using detail::formatted;
  const train::FitResult& fit = results.training;
  std::vector<Fact> facts = program_facts(options);
  const auto add = [&](const char* name, const std::string& text) {
    facts.push_back({name, text});
  };
  add("images, labels and parts (SHA-256)", results.data_digest);
  add("training",
      formatted("%zu epochs, the best one %d; %.0f s, %.1f images a second", fit.history.size(),
                fit.best_epoch, fit.seconds, fit.images_per_second));
  add("pruning", formatted("%.1f s", results.pruning_seconds));
  add("one image through the network",
      formatted("%.2f ms, median", results.inference_milliseconds));
  return facts;
}

}  // namespace fracture
