// Definitions of interrupt.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/train/interrupt.hpp>

#include <csignal>

namespace osteon::train {

OSTEON_INLINE InterruptGuard::InterruptGuard() {
  require(!installed(), "only one InterruptGuard may exist at a time");
  flag() = 0;
  installed() = true;
  install(SIGINT, before_interrupt_);
  install(SIGTERM, before_terminate_);
}

OSTEON_INLINE InterruptGuard::~InterruptGuard() {
  ::sigaction(SIGINT, &before_interrupt_, nullptr);
  ::sigaction(SIGTERM, &before_terminate_, nullptr);
  installed() = false;
}

OSTEON_INLINE volatile std::sig_atomic_t& InterruptGuard::flag() {
  static volatile std::sig_atomic_t value = 0;
  return value;
}

OSTEON_INLINE bool& InterruptGuard::installed() {
  static bool value = false;
  return value;
}

OSTEON_INLINE void InterruptGuard::install(int number, struct sigaction& before) {
  struct sigaction action {};
  action.sa_handler = &on_signal;
  action.sa_flags = SA_RESTART;  // reads and writes in progress are not disturbed
  ::sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, &before);
  // Started in the background with signals ignored (nohup, a shell's &): leave it so.
  if (before.sa_handler == SIG_IGN) ::sigaction(number, &before, nullptr);
}

OSTEON_INLINE void InterruptGuard::on_signal(int number) {
  flag() = number;
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  ::sigemptyset(&standard.sa_mask);
  ::sigaction(SIGINT, &standard, nullptr);
  ::sigaction(SIGTERM, &standard, nullptr);
}

}  // namespace osteon::train
