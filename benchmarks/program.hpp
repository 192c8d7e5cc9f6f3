// What the benchmark programs share around the measuring: flags, errors, the result file.
#pragma once

#include <osteon/cli/command_line.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/io/json.hpp>

#include "measure.hpp"
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

namespace osteon::bench {

/// The flags that every benchmark takes.
struct Options {
  int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  int repetitions = 9;
  std::filesystem::path json = {};
};

/// A new folder for what a benchmark writes, removed in the end.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::temp_directory_path() / concat("osteon_benchmark_", getpid())) {
    std::filesystem::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The name that the processor gives itself.
[[nodiscard]] inline std::string processor() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "an unknown processor";
}

/// {name_ms, name_low, name_high}: a median with its quartiles, for a row of the result file.
inline void put(io::Json& row, const std::string& name, const Spread& ms) {
  row[name + "_ms"] = ms.median;
  row[name + "_low"] = ms.low;
  row[name + "_high"] = ms.high;
}

/// Writes the rows to --json, if that was given.
inline void write_rows(const Options& options, const io::Json& rows) {
  if (options.json.empty()) return;
  io::write_json(options.json, {{"processor", processor()},
                                {"threads", options.threads},
                                {"repetitions", options.repetitions},
                                {"rows", rows}});
}

/// A main(): parses the common flags and those that `line` has, then calls run(). Returns 2 after a
/// wrong flag, 1 after an error.
template <class Run>
int run_program(cli::CommandLine& line, Options& options, int argc, char** argv, const Run& run) {
  line.add("--threads", options.threads, "Threads that compute").check(cli::positive());
  line.add("--repetitions", options.repetitions, "Samples of each median").check(cli::positive());
  line.add("--json", options.json, "Write the figures to this file");
  if (const auto ended = line.parse(argc, argv)) return *ended;
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", line.program().c_str(), error.what());
    return 1;
  }
}

}  // namespace osteon::bench
