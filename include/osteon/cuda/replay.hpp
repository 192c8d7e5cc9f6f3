// CUDA graphs: work that repeats is recorded once and then launched as a whole, which costs the
// host a few microseconds instead of that for every kernel.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/replay.hpp>
#include <osteon/cuda/device.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/recently_used.hpp>
#include <osteon/cuda/stream.hpp>
#include <osteon/cuda/thrust.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace osteon {
namespace gpu {

namespace detail {
inline std::atomic<bool> use_graphs{true};
}
/// Whether work is recorded and replayed; off for profilers and debuggers that want each launch.
inline void set_graphs(bool on) { detail::use_graphs = on; }
[[nodiscard]] inline bool graphs() { return detail::use_graphs; }

/// What became of work that repeats. Work that cannot be recorded is done all the same, kernel by
/// kernel: only these numbers show it.
struct ReplayCounts {
  std::int64_t recorded = 0;  ///< recordings made
  std::int64_t replayed = 0;  ///< launches of recordings
  std::int64_t failed = 0;    ///< recordings that could not be made
  std::string reason;         ///< why the last of these could not
};

namespace detail {
/// The program's, which every thread counts in.
class ReplayCounter {
 public:
  void count_recorded() {
    const std::scoped_lock lock(mutex_);
    ++counts_.recorded;
  }
  void count_replayed() {
    const std::scoped_lock lock(mutex_);
    ++counts_.replayed;
  }
  void count_failed(std::string reason) {
    const std::scoped_lock lock(mutex_);
    ++counts_.failed;
    counts_.reason = std::move(reason);
  }
  [[nodiscard]] ReplayCounts counts() const {
    const std::scoped_lock lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  ReplayCounts counts_;
};
inline ReplayCounter replay_counter;
}  // namespace detail

/// Of the program so far; zeros on Thrust's host system, where nothing is recorded.
[[nodiscard]] inline ReplayCounts replay_counts() { return detail::replay_counter.counts(); }

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA

/// Work as the driver keeps it, and the temporary memory that it uses.
class Recording {
 public:
  Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() {
    if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
  }

  /// Records what work() launches, without running it. False where it cannot be recorded.
  template <class Work>
  bool record(const Work& work) {
    // Other threads may copy batches meanwhile.
    cudaError_t status = cudaStreamBeginCapture(stream(), cudaStreamCaptureModeThreadLocal);
    if (status != cudaSuccess) return give_up(cudaGetErrorString(status));
    private_cache() = &memory_;
    std::string error;
    try {
      work();
    } catch (const std::exception& thrown) {
      error = thrown.what();
    } catch (...) {
      error = "an unknown error";
    }
    private_cache() = nullptr;
    cudaGraph_t graph = nullptr;
    status = cudaStreamEndCapture(stream(), &graph);
    if (error.empty() && status == cudaSuccess) status = cudaGraphInstantiate(&graph_, graph, 0);
    if (graph != nullptr) cudaGraphDestroy(graph);
    if (error.empty() && status == cudaSuccess) {
      detail::replay_counter.count_recorded();
      return true;
    }
    graph_ = nullptr;
    return give_up(error.empty() ? cudaGetErrorString(status) : error);
  }

  void launch() const {
    check_cuda(cudaGraphLaunch(graph_, stream()), "a recorded pass");
    detail::replay_counter.count_replayed();
  }

 private:
  static bool give_up(std::string reason) {
    (void)cudaGetLastError();  // or the next operation would report it as its own
    detail::replay_counter.count_failed(std::move(reason));
    return false;
  }

  PrivateCache memory_;
  cudaGraphExec_t graph_ = nullptr;
};

#endif

}  // namespace gpu

/// Work runs as it is the first time, which allocates and prepares what it needs; the second time
/// it is recorded, or else once more the third time. The keys that were used last are kept.
template <>
class Replay<Cuda> {
 public:
  Replay() = default;
  Replay(const Replay& /*other*/) {}  // a copy has its own memory
  Replay(Replay&&) noexcept = default;
  Replay& operator=(Replay other) noexcept {
    seen_ = std::move(other.seen_);
    return *this;
  }
  ~Replay() = default;

  template <class Work>
  void run([[maybe_unused]] const ReplayKey& key, const Work& work) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    if (!gpu::graphs() || gpu::is_recording()) return work();
    Seen& seen = seen_.use(key);
    if (seen.recording == nullptr && (seen.runs == 1 || seen.runs == 2)) {
      auto recording = std::make_unique<gpu::Recording>();
      if (recording->record(work)) seen.recording = std::move(recording);
    }
    ++seen.runs;
    if (seen.recording != nullptr) return seen.recording->launch();
#endif
    work();
  }

 private:
  struct Seen {
    std::int64_t runs = 0;
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    std::unique_ptr<gpu::Recording> recording;
#endif
  };
  static constexpr std::size_t kept = 8;
  gpu::RecentlyUsed<ReplayKey, Seen> seen_{kept};
};

}  // namespace osteon
