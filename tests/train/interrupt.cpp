#include <osteon/core/error.hpp>
#include <osteon/train/interrupt.hpp>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <initializer_list>

using namespace osteon;
using train::InterruptGuard;

namespace {

/// The signal that ends a child process which runs `action`, or 0 if it exits.
template <class Action>
int ending_signal(Action action) {
  const pid_t child = ::fork();
  if (child == 0) {
    action();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("the first signal sets the flag") {
  for (const int number : {SIGINT, SIGTERM}) {
    const InterruptGuard guard;
    CHECK_FALSE(guard.requested());
    std::raise(number);
    CHECK(guard.requested());
    CHECK(guard.signal() == number);
  }
  CHECK_FALSE(InterruptGuard().requested());  // a new one starts afresh
}

TEST_CASE("a second signal, of either kind, ends the program") {
  const auto raise_both = [](int first, int second) {
    return ending_signal([=] {
      ::signal(SIGINT, SIG_DFL);
      ::signal(SIGTERM, SIG_DFL);
      const InterruptGuard guard;
      std::raise(first);
      std::raise(second);
    });
  };
  CHECK(raise_both(SIGINT, SIGINT) == SIGINT);
  CHECK(raise_both(SIGINT, SIGTERM) == SIGTERM);
  CHECK(raise_both(SIGTERM, SIGINT) == SIGINT);
}

TEST_CASE("the earlier handler is back afterwards, an ignored signal stays ignored") {
  CHECK(ending_signal([] {
          ::signal(SIGINT, SIG_DFL);
          { const InterruptGuard guard; }
          std::raise(SIGINT);
        }) == SIGINT);
  CHECK(ending_signal([] {
          ::signal(SIGINT, SIG_IGN);
          const InterruptGuard guard;
          std::raise(SIGINT);
          if (guard.requested()) ::abort();
        }) == 0);
}

TEST_CASE("a second guard at the same time is refused") {
  const InterruptGuard guard;
  CHECK_THROWS_AS(InterruptGuard(), Error);
}
