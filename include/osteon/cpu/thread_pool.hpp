// Threads that work through one loop at a time. Between two loops they wait awake for some
// microseconds, since the next loop is usually near, then they sleep: a processor that others need
// is not burnt.
//
// Each thread has a share of its own, the same part of every loop, so that it finds in its caches
// what it wrote in the last one; when it is done, it helps the others. A thread that misses loops
// may have been woken on the caller's processor, and is moved away.
#pragma once

#include <osteon/core/shape.hpp>
#include <osteon/cpu/processor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace osteon::cpu {

/// A pool of threads that run one loop at a time together with the calling thread.
class ThreadPool {
 public:
  /// `threads` in all, the calling one included.
  explicit ThreadPool(int threads) : shares_(static_cast<std::size_t>(std::max(1, threads))) {
    for (int i = 1; i < threads; ++i) {
      workers_.emplace_back([this, i] {
        own_index() = i;
        work();
      });
    }
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  [[nodiscard]] int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Tells the threads of a loop apart: below threads(), and 0 for a thread of no pool.
  [[nodiscard]] static int thread_index() { return own_index(); }

  /// Calls body(i) for every i in [0, count), in any order; returns when all are done. The first
  /// exception of a body is rethrown here. Called from inside a body, or by a second thread while
  /// the pool is busy, it runs serially.
  template <class Body>
  void run(Index count, const Body& body) {
    run_loop(
        count, [](const void* b, Index i) { (*static_cast<const Body*>(b))(i); }, &body);
  }

 private:
  using Call = void (*)(const void* body, Index i);

  // No template: every loop of a program would have it once more.
  void run_loop(Index count, Call call, const void* body) {
    std::unique_lock busy(busy_, std::defer_lock);
    if (count <= 1 || workers_.empty() || inside() || !busy.try_lock()) {
      for (Index i = 0; i < count; ++i) call(body, i);
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      call_ = call;
      body_ = body;
      count_ = count;
      for (std::size_t t = 0; t < shares_.size(); ++t)
        shares_[t].next.store(share_begin(t), std::memory_order_relaxed);
      open_ = true;
      ++generation_;
    }
    wake_.notify_all();
    drain();
    std::unique_lock lock(mutex_);
    open_ = false;  // a worker that has not woken by now is not waited for
    if (active_ != 0) {
      lock.unlock();
      stay_awake_until([this] { return active_ == 0; });
      lock.lock();
      done_.wait(lock, [this] { return active_ == 0; });
    }
    std::exception_ptr error = std::exchange(error_, nullptr);
    lock.unlock();
    spread();
    if (error) std::rethrow_exception(error);
  }

  static int& own_index() {
    thread_local int index = 0;
    return index;
  }
  static bool& inside() {
    thread_local bool flag = false;
    return flag;
  }

  void drain() {
    inside() = true;
    const auto own = static_cast<std::size_t>(own_index());
    for (std::size_t t = 0; t < shares_.size(); ++t) drain((own + t) % shares_.size());
    inside() = false;
  }

  void drain(std::size_t share) {
    const Index end = share_begin(share + 1);
    std::atomic<Index>& next = shares_[share].next;
    for (Index i; (i = next.fetch_add(1, std::memory_order_relaxed)) < end;) {
#if defined(__cpp_exceptions)
      try {
        call_(body_, i);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
      }
#else
      call_(body_, i);
#endif
    }
  }

  /// Of the loop's indices.
  [[nodiscard]] Index share_begin(std::size_t share) const {
    return count_ * static_cast<Index>(share) / static_cast<Index>(shares_.size());
  }

  /// Moves threads that have missed two loops away from the caller's processor; now and then only,
  /// as those of short loops are simply late.
  void spread() {
    bool missing = false;
    for (std::size_t t = 1; t < shares_.size(); ++t) {
      Share& share = shares_[t];
      share.missed = share.joined == generation_ ? 0 : share.missed + 1;
      missing = missing || share.missed > 1;
    }
    if (!missing) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - spread_ < std::chrono::microseconds(500)) return;
    spread_ = now;
    for (std::size_t t = 1; t < shares_.size(); ++t) {
      if (shares_[t].missed > 1) move_away(workers_[t - 1]);
    }
  }

  /// Waits for the condition, but not for long.
  template <class Condition>
  static void stay_awake_until(const Condition& condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) {
#if defined(__x86_64__) || defined(__i386__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      asm volatile("yield");
#endif
    }
  }

  void work() {
    std::uint64_t seen = 0;
    while (true) {
      stay_awake_until([&] { return generation_ != seen; });
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stop_ || generation_ != seen; });
      if (stop_) return;
      seen = generation_;
      if (!open_) continue;  // woken too late; awake for the next loop
      ++active_;
      shares_[static_cast<std::size_t>(own_index())].joined = seen;
      lock.unlock();
      drain();
      lock.lock();
      if (--active_ == 0) done_.notify_one();
    }
  }

  /// A thread's; on a cache line of its own.
  struct alignas(64) Share {
    std::atomic<Index> next{0};            // index
    std::atomic<std::uint64_t> joined{0};  // the last loop in which the thread took part
    int missed = 0;                        // loops since then, as the calling thread counts
  };

  std::vector<Share> shares_;
  std::vector<std::thread> workers_;
  std::mutex busy_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  Call call_ = nullptr;
  const void* body_ = nullptr;
  Index count_ = 0;
  // Written under the mutex; atomic for those who wait awake.
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<int> active_{0};
  std::chrono::steady_clock::time_point spread_;
  bool open_ = false;
  bool stop_ = false;
  std::exception_ptr error_;
};

}  // namespace osteon::cpu
