// Ctrl-C that ends a training in good order.
#pragma once

#include <csignal>

namespace osteon::train {

/// While it lives, the first SIGINT (Ctrl-C) or SIGTERM only sets a flag, which the training looks
/// at between batches, so that it can keep its best model; a second one ends the program at once,
/// as if it were not there. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

  /// True once a signal has arrived.
  [[nodiscard]] bool requested() const { return flag() != 0; }
  /// The signal that arrived (SIGINT or SIGTERM), or 0. By convention the program's exit status is
  /// then 128 + signal().
  [[nodiscard]] int signal() const { return flag(); }

 private:
  static volatile std::sig_atomic_t& flag();
  static bool& installed();
  static void install(int number, struct sigaction& before);

  /// Only async-signal-safe calls are allowed here.
  static void on_signal(int number);

  struct sigaction before_interrupt_ {};
  struct sigaction before_terminate_ {};
};

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/interrupt.ipp>
#endif
