// One line that says how far long work has come.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace osteon::train {

/// "42 s", "3:07", "1:02:05".
[[nodiscard]] std::string format_duration(double seconds);

/// Where progress is shown and what time it is; tests put their own in.
struct ProgressOutput {
  std::function<double()> seconds;              ///< a clock that never goes back
  std::function<void(std::string_view)> write;  ///< takes text as it is, control characters too
  bool terminal = false;                        ///< rewrite one line instead of adding lines
  std::size_t columns = 80;                     ///< of the terminal

  /// Standard error, which keeps standard output for results.
  [[nodiscard]] static ProgressOutput standard_error();
};

/// "epoch 3/30   1024/3200 images  32%  412.3 images/s  2 s, 5 s left  loss 0.123": rewritten in
/// place on a terminal, ten times a second at most; otherwise a line every ten seconds and one at
/// the end.
class Progress {
 public:
  Progress(std::string label, std::int64_t total, std::string unit,
           ProgressOutput output = ProgressOutput::standard_error());

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Ends the line, also when an error passes through.
  ~Progress() {
    if (output_.terminal && width_ > 0 && !finished_) output_.write("\n");
  }

  /// `done` units were done before the construction: they count as done, not in the rate.
  void start_at(std::int64_t done) { done_ = before_ = done; }

  /// `done` units are done so far; `extra` (loss, accuracy) ends the line.
  void update(std::int64_t done, std::string_view extra = {});

  /// Shows the last line, with the whole time instead of the time left.
  void finish(std::string_view extra = {});

  /// Seconds since the construction.
  [[nodiscard]] double elapsed() const { return output_.seconds() - start_; }
  /// Units a second since the construction.
  [[nodiscard]] double rate() const { return rate(elapsed()); }

 private:
  [[nodiscard]] double rate(double elapsed) const {
    return elapsed > 0 ? static_cast<double>(done_ - before_) / elapsed : 0;
  }

  [[nodiscard]] std::string line(std::string_view extra, double now, bool last) const;
  void show(std::string_view extra, double now, bool last);

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

#if !defined(OSTEON_COMPILED)
#include <osteon/train/progress.ipp>
#endif
