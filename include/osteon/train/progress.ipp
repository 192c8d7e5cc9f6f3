// Definitions of progress.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/train/progress.hpp>

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace osteon::train {

OSTEON_INLINE std::string format_duration(double seconds) {
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

OSTEON_INLINE ProgressOutput ProgressOutput::standard_error() {
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

OSTEON_INLINE Progress::Progress(std::string label, std::int64_t total, std::string unit,
                                 ProgressOutput output)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      output_(std::move(output)),
      start_(output_.seconds()),
      shown_(start_) {}

OSTEON_INLINE void Progress::update(std::int64_t done, std::string_view extra) {
  done_ = done;
  const double now = output_.seconds();
  if (now - shown_ < (output_.terminal ? 0.1 : 10.0)) return;
  shown_ = now;
  show(extra, now, false);
}

OSTEON_INLINE void Progress::finish(std::string_view extra) {
  if (std::exchange(finished_, true)) return;
  show(extra, output_.seconds(), true);
}

OSTEON_INLINE std::string Progress::line(std::string_view extra, double now, bool last) const {
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

OSTEON_INLINE void Progress::show(std::string_view extra, double now, bool last) {
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

}  // namespace osteon::train
