// One line that says how far long work has come.
#pragma once

#include <osteon/core/error.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace osteon::train {

/// "42 s", "3:07", "1:02:05".
[[nodiscard]] inline std::string format_duration(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
  std::array<char, 64> buffer;
  if (whole < 60) {
    std::snprintf(buffer.data(), buffer.size(), "%lld s", whole);
  } else if (whole < 3600) {
    std::snprintf(buffer.data(), buffer.size(), "%lld:%02lld", whole / 60, whole % 60);
  } else {
    std::snprintf(buffer.data(), buffer.size(), "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  }
  return buffer.data();
}

/// Where progress is shown and what time it is; tests put their own in.
struct ProgressOutput {
  std::function<double()> seconds;              ///< a clock that never goes back
  std::function<void(std::string_view)> write;  ///< takes text as it is, control characters too
  bool terminal = false;                        ///< rewrite one line instead of adding lines
  std::size_t columns = 80;                     ///< of the terminal

  /// Standard error, which keeps standard output for results.
  [[nodiscard]] static ProgressOutput standard_error() {
    ProgressOutput output;
    output.seconds = [] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
          .count();
    };
    output.write = [](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), stderr);
      std::fflush(stderr);
    };
    output.terminal = ::isatty(STDERR_FILENO) == 1;
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
      output.columns = size.ws_col;
    return output;
  }
};

/// "epoch 3/30   1024/3200 images  32%  412.3 images/s  2 s, 5 s left  loss 0.123": rewritten in
/// place on a terminal, ten times a second at most; otherwise a line every ten seconds and one at
/// the end.
class Progress {
 public:
  Progress(std::string label, std::int64_t total, std::string unit,
           ProgressOutput output = ProgressOutput::standard_error())
      : label_(std::move(label)),
        unit_(std::move(unit)),
        total_(total),
        output_(std::move(output)),
        start_(output_.seconds()),
        shown_(start_) {}

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Ends the line, also when an error passes through.
  ~Progress() {
    if (output_.terminal && width_ > 0 && !finished_) output_.write("\n");
  }

  /// `done` units were done before the construction: they count as done, not in the rate.
  void start_at(std::int64_t done) { done_ = before_ = done; }

  /// `done` units are done so far; `extra` (loss, accuracy) ends the line.
  void update(std::int64_t done, std::string_view extra = {}) {
    done_ = done;
    const double now = output_.seconds();
    if (now - shown_ < (output_.terminal ? 0.1 : 10.0)) return;
    shown_ = now;
    show(extra, now, false);
  }

  /// Shows the last line, with the whole time instead of the time left.
  void finish(std::string_view extra = {}) {
    if (std::exchange(finished_, true)) return;
    show(extra, output_.seconds(), true);
  }

  /// Seconds since the construction.
  [[nodiscard]] double elapsed() const { return output_.seconds() - start_; }
  /// Units a second since the construction.
  [[nodiscard]] double rate() const { return rate(elapsed()); }

 private:
  [[nodiscard]] double rate(double elapsed) const {
    return elapsed > 0 ? static_cast<double>(done_ - before_) / elapsed : 0;
  }

  [[nodiscard]] std::string line(std::string_view extra, double now, bool last) const {
    const double elapsed = now - start_;
    const double speed = rate(elapsed);
    std::string text = concat(label_, "  ", done_, '/', total_, ' ', unit_);
    if (total_ > 0) text += concat("  ", done_ * 100 / total_, '%');
    std::array<char, 32> number;
    std::snprintf(number.data(), number.size(), speed < 100 ? "%.1f" : "%.0f", speed);
    text += concat("  ", number.data(), ' ', unit_, "/s  ", format_duration(elapsed));
    if (!last && speed > 0)
      text += concat(", ", format_duration(static_cast<double>(total_ - done_) / speed), " left");
    if (!extra.empty()) text += concat("  ", extra);
    return text;
  }

  void show(std::string_view extra, double now, bool last) {
    std::string text = line(extra, now, last);
    if (!output_.terminal) {
      output_.write(text + '\n');
      return;
    }
    // A line that wraps couldn't be rewritten; spaces clear what a longer one left behind.
    text.resize(std::min(text.size(), output_.columns - 1));
    const std::size_t width = text.size();
    if (width < width_) text.append(width_ - width, ' ');
    width_ = width;
    output_.write('\r' + text + (last ? "\n" : ""));
  }

  std::string label_;
  std::string unit_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  std::int64_t before_ = 0;
  ProgressOutput output_;
  double start_;
  double shown_;
  std::size_t width_ = 0;  // of the line that is on the terminal
  bool finished_ = false;
};

}  // namespace osteon::train
