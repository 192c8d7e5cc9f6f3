// Loops over all processors. Work is cut into chunks whose boundaries never depend on the number of
// threads, and threads take the next chunk when they are free: a thread that the system delays
// delays one chunk only.
//
// Compiled with OSTEON_THREADS=0 (the whole program), there are no threads: loops run as written,
// for machines that have none.
#pragma once

#include <osteon/core/shape.hpp>

#if !defined(OSTEON_THREADS)
#define OSTEON_THREADS 1
#endif

#if OSTEON_THREADS
#include <osteon/cpu/thread_pool.hpp>
#endif

#include <algorithm>
#include <memory>

namespace osteon::cpu {

#if OSTEON_THREADS

namespace detail {

inline std::unique_ptr<ThreadPool>& pool() {
  static auto instance = std::make_unique<ThreadPool>(
      std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  return instance;
}

}  // namespace detail

/// Threads that computations use; at first one per processor.
[[nodiscard]] inline int num_threads() { return detail::pool()->threads(); }

/// Which of them this is: 0 for the one that starts a loop.
[[nodiscard]] inline int thread_index() { return ThreadPool::thread_index(); }

/// Sets the number of threads, at least 1. Not while a computation runs.
inline void set_num_threads(int threads) {
  if (threads != num_threads()) detail::pool() = std::make_unique<ThreadPool>(std::max(1, threads));
}

/// body(i) for every i in [0, count).
template <class Body>
void parallel_for(Index count, const Body& body) {
  detail::pool()->run(count, body);
}

#else

[[nodiscard]] inline int num_threads() { return 1; }
[[nodiscard]] inline int thread_index() { return 0; }
inline void set_num_threads(int /*threads*/) {}

template <class Body>
void parallel_for(Index count, const Body& body) {
  for (Index i = 0; i < count; ++i) body(i);
}

#endif

/// body(begin, end) for consecutive ranges of at most `grain` that cover [0, count).
template <class Body>
void parallel_ranges(Index count, Index grain, const Body& body) {
  const Index chunks = (count + grain - 1) / grain;
  parallel_for(chunks, [&](Index i) { body(i * grain, std::min(count, (i + 1) * grain)); });
}

}  // namespace osteon::cpu
