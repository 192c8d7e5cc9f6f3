// CUDA graphs: work that repeats is recorded once and then launched as a whole, which costs the
// host a few microseconds instead of that for every kernel.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/replay.hpp>
#include <osteon/cuda/device.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/stream.hpp>
#include <osteon/cuda/thrust.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace osteon {
namespace gpu {

namespace detail {
inline std::atomic<bool> use_graphs{true};
}
/// Whether work is recorded and replayed; off for profilers and debuggers that want each launch.
inline void set_graphs(bool on) { detail::use_graphs = on; }
[[nodiscard]] inline bool graphs() { return detail::use_graphs; }

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
    PrivateCache*& current = private_cache();
    if (current != nullptr) return false;  // within another recording
    // Other threads may copy batches meanwhile.
    if (cudaStreamBeginCapture(stream(), cudaStreamCaptureModeThreadLocal) != cudaSuccess) {
      return forget_error();
    }
    current = &memory_;
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {
      current = nullptr;
      cudaStreamEndCapture(stream(), &graph);
      if (graph != nullptr) cudaGraphDestroy(graph);
      return forget_error();
    }
    current = nullptr;
    if (cudaStreamEndCapture(stream(), &graph) != cudaSuccess) return forget_error();
    const cudaError_t status = cudaGraphInstantiate(&graph_, graph, 0);
    cudaGraphDestroy(graph);
    if (status == cudaSuccess) return true;
    graph_ = nullptr;
    return forget_error();
  }

  void launch() const { check_cuda(cudaGraphLaunch(graph_, stream()), "a recorded pass"); }

 private:
  static bool forget_error() {
    (void)cudaGetLastError();
    return false;
  }

  PrivateCache memory_;
  cudaGraphExec_t graph_ = nullptr;
};

#endif

}  // namespace gpu

/// Work runs as it is the first time, which allocates and prepares what it needs; the second time
/// it is recorded. The last few keys are kept.
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
    if (!gpu::graphs()) return work();
    for (Seen& seen : seen_) {
      if (!(seen.key == key)) continue;
      if (!seen.tried) {
        seen.tried = true;
        auto recording = std::make_unique<gpu::Recording>();
        if (recording->record(work)) seen.recording = std::move(recording);
      }
      return seen.recording != nullptr ? seen.recording->launch() : work();
    }
    constexpr std::size_t kept = 8;
    if (seen_.size() == kept) seen_.erase(seen_.begin());
    seen_.push_back({key, false, nullptr});
#endif
    work();
  }

 private:
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  struct Seen {
    ReplayKey key;
    bool tried;  // to record it
    std::unique_ptr<gpu::Recording> recording;
  };
  std::vector<Seen> seen_;
#else
  std::vector<ReplayKey> seen_;
#endif
};

}  // namespace osteon
