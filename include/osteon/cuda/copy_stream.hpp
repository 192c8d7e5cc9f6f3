// A second stream, for copies that run beside what is computed, and what orders the two. On
// Thrust's host system there is one order, the program's, and all of this is nothing.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/cuda/caching_allocator.hpp>
#include <osteon/cuda/stream.hpp>
#include <osteon/cuda/thrust.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>

namespace osteon::gpu {

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA

using Stream = cudaStream_t;

/// Where everything else runs.
inline Stream compute_stream() { return stream(); }
inline Stream copy_stream() {
  static const Stream the_stream = [] {
    Stream created = nullptr;
    check_cuda(cudaStreamCreateWithFlags(&created, cudaStreamNonBlocking), "creating a stream");
    return created;
  }();
  return the_stream;
}

/// A point in a stream: the end of what had been queued there. Before any record(), a point long
/// past.
class Event {
 public:
  Event() {
    check_cuda(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "creating an event");
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { cudaEventDestroy(event_); }

  void record(Stream stream) { check_cuda(cudaEventRecord(event_, stream), "recording an event"); }
  /// What is queued in `stream` from now on begins after the point.
  void hold_back(Stream stream) const {
    check_cuda(cudaStreamWaitEvent(stream, event_, 0), "waiting for an event");
  }
  /// The host waits. An error of the device is not lost: every later operation reports it.
  void wait() const noexcept { static_cast<void>(cudaEventSynchronize(event_)); }

 private:
  cudaEvent_t event_ = nullptr;
};

/// to = from, `size` elements from pinned to device memory, queued in the copy stream.
template <class T>
void queue_copy(Index size, const T* from, T* to) {
  check_cuda(cudaMemcpyAsync(to, from, static_cast<std::size_t>(size) * sizeof(T),
                             cudaMemcpyHostToDevice, copy_stream()),
             "a copy to the device");
}

/// Host memory that stays in its place, so that the device copies from it without the host.
struct PinnedMemory {
  [[nodiscard]] static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    if (cudaHostAlloc(&memory, bytes, cudaHostAllocPortable) == cudaSuccess) return memory;
    static_cast<void>(cudaGetLastError());  // or the next operation would report it as its own
    return nullptr;
  }
  static void release(void* memory, std::size_t /*bytes*/) { cudaFreeHost(memory); }
};

/// For containers of pinned memory. Blocks are kept for the next container: pinning takes long.
template <class T>
struct PinnedAllocator {
  using value_type = T;

  PinnedAllocator() = default;
  template <class U>
  PinnedAllocator(const PinnedAllocator<U>&) {}

  [[nodiscard]] T* allocate(std::size_t size) {
    void* const memory = shared_cache<PinnedMemory>().allocate(size * sizeof(T));
    require(memory != nullptr, "the host has no ", size * sizeof(T),
            " bytes left that can be pinned; use a smaller batch or image size");
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t size) {
    shared_cache<PinnedMemory>().release(memory, size * sizeof(T));
  }
  bool operator==(const PinnedAllocator&) const = default;
};

#else

struct Stream {};
inline Stream compute_stream() { return {}; }
inline Stream copy_stream() { return {}; }

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(Stream) {}
  void hold_back(Stream) const {}
  void wait() const noexcept {}
};

template <class T>
void queue_copy(Index size, const T* from, T* to) {
  std::copy_n(from, size, to);
}

template <class T>
using PinnedAllocator = std::allocator<T>;

#endif

}  // namespace osteon::gpu
