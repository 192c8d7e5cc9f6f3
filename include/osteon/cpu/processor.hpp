// Where threads run. Linux sometimes wakes a thread on the processor of the one that wakes it,
// while others are idle, and leaves both there for milliseconds.
#pragma once

#if defined(__linux__) && !defined(__ANDROID__)
#include <pthread.h>
#include <sched.h>
#endif

#include <cstddef>
#include <thread>

namespace osteon::cpu {

/// Moves a thread away from the processor that the calling thread runs on, if it is there and may
/// run on another one. It may come back: what it may run on is not changed. Does nothing where that
/// is not known how to do.
inline void move_away(std::thread& thread) {
#if defined(__linux__) && !defined(__ANDROID__)
  const int here = sched_getcpu();
  cpu_set_t allowed;
  if (here < 0 || here >= CPU_SETSIZE ||
      pthread_getaffinity_np(thread.native_handle(), sizeof allowed, &allowed) != 0) {
    return;
  }
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<std::size_t>(here), &others);
  if (CPU_COUNT(&others) == 0) return;
  if (pthread_setaffinity_np(thread.native_handle(), sizeof others, &others) == 0)
    pthread_setaffinity_np(thread.native_handle(), sizeof allowed, &allowed);
#else
  static_cast<void>(thread);
#endif
}

}  // namespace osteon::cpu
