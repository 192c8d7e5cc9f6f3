// What the benchmarks measure by: medians and quartiles of runs that take turns, peak memory, and a
// process of its own for what must not see its neighbours.
#pragma once

#include <osteon/core/error.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace osteon::bench {

/// The wall clock's milliseconds of one call.
template <class Body>
[[nodiscard]] double milliseconds(const Body& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

/// The median of some samples and their quartiles, between which the middle half of them lies.
struct Spread {
  double median = 0, low = 0, high = 0;
};

[[nodiscard]] inline Spread spread(std::vector<double> samples) {
  require(!samples.empty(), "no samples to take a median of");
  std::ranges::sort(samples);
  // Linear between neighbours, as numpy.percentile.
  const auto quantile = [&](double q) {
    const double at = q * static_cast<double>(samples.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, samples.size() - 1);
    return samples[below] + (at - static_cast<double>(below)) * (samples[above] - samples[below]);
  };
  return {quantile(0.5), quantile(0.25), quantile(0.75)};
}

/// How often a body runs in each of its turns.
enum class Turn {
  once,    ///< one call, after the others have used the caches and the threads have slept
  steady,  ///< as many calls as take 10 ms; before them as many that are not counted
};

/// Milliseconds of each body in each of `rounds` rounds: (bodies, rounds). The bodies take turns,
/// so that what disturbs the machine disturbs all of them; a first round is not counted. Before
/// each turn the threads of the others get time to fall asleep: some spin for work that may come.
[[nodiscard]] inline std::vector<std::vector<double>> take_turns(
    int rounds, std::span<const std::function<void()>> bodies, Turn turn = Turn::once) {
  constexpr double steady_ms = 10;
  std::vector<std::vector<double>> samples(bodies.size());
  std::vector<int> calls(bodies.size(), 1);
  for (int round = -1; round < rounds; ++round) {
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      if (bodies.size() > 1) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      const auto run = [&] {
        for (int call = 0; call < calls[i]; ++call) bodies[i]();
      };
      if (turn == Turn::steady) run();
      const double sample = milliseconds(run);
      if (round >= 0) samples[i].push_back(sample / calls[i]);
      if (round < 0 && turn == Turn::steady)
        calls[i] = static_cast<int>(std::clamp(steady_ms / sample, 1.0, 100.0));
    }
  }
  return samples;
}

/// The most memory (10^6 bytes) that this process has held in RAM at once. Unlike getrusage's
/// figure it is not inherited from the process that started this one.
[[nodiscard]] inline double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) * 1024 / 1e6;
  }
  fail("/proc/self/status tells no VmHWM: peak memory can be measured on Linux only");
}

/// What body() returns, computed in a forked process: its memory and threads are its own. Call it
/// before this process starts threads. Throws Error if that process fails; its message is printed.
template <class Body>
[[nodiscard]] auto in_own_process(const Body& body) {
  using Result = decltype(body());
  static_assert(std::is_trivially_copyable_v<Result>, "the result goes through a pipe");
  int ends[2];
  require(pipe(ends) == 0, "cannot open a pipe to another process");
  std::fflush(nullptr);
  const pid_t child = fork();
  require(child >= 0, "cannot start another process: out of memory or processes?");
  if (child == 0) {
    int status = 1;
    try {
      const Result result = body();
      if (write(ends[1], &result, sizeof result) == sizeof result) status = 0;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    std::fflush(nullptr);
    _exit(status);
  }
  close(ends[1]);
  Result result{};
  const bool whole = read(ends[0], &result, sizeof result) == sizeof result;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  require(whole && status == 0, "the process that measures has failed (out of memory?)");
  return result;
}

/// Starts this program anew with these environment variables, unless they are set so already: some
/// libraries read them while they are loaded, before main(). An empty value changes nothing.
inline void need_environment(char** argv,
                             std::initializer_list<std::pair<const char*, std::string>> variables) {
  bool changed = false;
  for (const auto& [name, value] : variables) {
    const char* found = std::getenv(name);
    if (value.empty() || (found != nullptr && value == found)) continue;
    setenv(name, value.c_str(), 1);
    changed = true;
  }
  if (!changed) return;
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) execv(program.c_str(), argv);
  fail("cannot start ", argv[0], " anew with another environment");
}

}  // namespace osteon::bench
