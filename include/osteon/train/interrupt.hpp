// Ctrl-C that ends a training in good order.
#pragma once

#include <osteon/core/error.hpp>

#include <csignal>

namespace osteon::train {

/// While it lives, the first SIGINT (Ctrl-C) or SIGTERM only sets a flag, which the training looks
/// at between batches, so that it can keep its best model; a second one ends the program at once,
/// as if it were not there. One at a time.
class InterruptGuard {
 public:
  InterruptGuard() {
    require(!installed(), "only one InterruptGuard may exist at a time");
    flag() = 0;
    installed() = true;
    install(SIGINT, before_interrupt_);
    install(SIGTERM, before_terminate_);
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard() {
    ::sigaction(SIGINT, &before_interrupt_, nullptr);
    ::sigaction(SIGTERM, &before_terminate_, nullptr);
    installed() = false;
  }

  /// True once a signal has arrived.
  [[nodiscard]] bool requested() const { return flag() != 0; }
  /// The signal that arrived (SIGINT or SIGTERM), or 0. By convention the program's exit status is
  /// then 128 + signal().
  [[nodiscard]] int signal() const { return flag(); }

 private:
  static volatile std::sig_atomic_t& flag() {
    static volatile std::sig_atomic_t value = 0;
    return value;
  }
  static bool& installed() {
    static bool value = false;
    return value;
  }

  static void install(int number, struct sigaction& before) {
    struct sigaction action {};
    action.sa_handler = &on_signal;
    action.sa_flags = SA_RESTART;  // reads and writes in progress are not disturbed
    ::sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, &before);
    // Started in the background with signals ignored (nohup, a shell's &): leave it so.
    if (before.sa_handler == SIG_IGN) ::sigaction(number, &before, nullptr);
  }

  /// Only async-signal-safe calls are allowed here.
  static void on_signal(int number) {
    flag() = number;
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    ::sigemptyset(&standard.sa_mask);
    ::sigaction(SIGINT, &standard, nullptr);
    ::sigaction(SIGTERM, &standard, nullptr);
  }

  struct sigaction before_interrupt_ {};
  struct sigaction before_terminate_ {};
};

}  // namespace osteon::train
