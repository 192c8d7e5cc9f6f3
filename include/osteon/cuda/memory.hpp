// Memory on the GPU: Buffer, and the copies from and to the host.
#pragma once

#include <osteon/core/buffer.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/float16.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/cuda/caching_allocator.hpp>
#include <osteon/cuda/device.hpp>
#include <osteon/cuda/thrust.hpp>

#include <algorithm>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace osteon {
namespace gpu {

/// What the device's own allocator gives; `release` waits for what runs.
struct DeviceMemory {
  [[nodiscard]] static void* allocate(std::size_t bytes) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    // A stream that is being recorded (replay.hpp) goes on; the allocation is no part of it.
    const RelaxedCapture relaxed;
#endif
    try {
      return thrust::device_malloc<char>(bytes).get();
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }
  static void release(void* memory, std::size_t /*bytes*/) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    const RelaxedCapture relaxed;
#endif
    thrust::device_free(thrust::device_pointer_cast(static_cast<char*>(memory)));
  }
};

/// A recording's own memory (cuda/replay.hpp): what is given back in it is kept for it.
struct SharedMemory {
  [[nodiscard]] static void* allocate(std::size_t bytes) {
    return shared_cache<DeviceMemory>().allocate(bytes);
  }
  static void release(void* memory, std::size_t bytes) {
    shared_cache<DeviceMemory>().release(memory, bytes);
  }
};
using PrivateCache = CachingAllocator<SharedMemory>;
/// The calling thread's, while it records.
inline PrivateCache*& private_cache() {
  thread_local PrivateCache* cache = nullptr;
  return cache;
}

/// Whether the calling thread records what it launches (cuda/replay.hpp).
[[nodiscard]] inline bool is_recording() { return private_cache() != nullptr; }

/// Blocks of device memory; null where that is used up. The host's own allocator stands behind the
/// host system, so that a sanitizer sees every access.
[[nodiscard]] inline void* try_to_allocate(std::size_t bytes) {
  if constexpr (on_gpu) {
    PrivateCache* const own = private_cache();
    return own != nullptr ? own->allocate(bytes) : SharedMemory::allocate(bytes);
  } else {
    return DeviceMemory::allocate(bytes);
  }
}
/// The same; fails where memory is used up, or there is no GPU.
[[nodiscard]] inline void* allocate(std::size_t bytes) {
  void* const memory = try_to_allocate(bytes);
  if constexpr (on_gpu) {
    if (memory == nullptr) require_cuda_device();
  }
  require(memory != nullptr, "the CUDA device has no ", bytes,
          " bytes left; use a smaller batch or image size");
  return memory;
}
inline void release(void* memory, std::size_t bytes) {
  if constexpr (on_gpu) {
    PrivateCache* const own = private_cache();
    own != nullptr ? own->release(memory, bytes) : SharedMemory::release(memory, bytes);
  } else {
    DeviceMemory::release(memory, bytes);
  }
}

enum class Way { to_host, to_device };

/// Between host and device memory; the host waits for it, and it for what computes `from`.
template <class T>
void transfer(Index size, const T* from, T* to, [[maybe_unused]] Way way) {
  static_assert(std::is_trivially_copyable_v<T>);
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  const auto kind = way == Way::to_host ? cudaMemcpyDeviceToHost : cudaMemcpyHostToDevice;
  const char* const what = way == Way::to_host ? "a copy to the host" : "a copy to the device";
  check_cuda(cudaMemcpyAsync(to, from, static_cast<std::size_t>(size) * sizeof(T), kind, stream()),
             what);
  check_cuda(cudaStreamSynchronize(stream()), what);
#else
  std::copy_n(from, size, to);
#endif
}

/// Device memory for the length of an operation; its elements begin with any value.
template <class T>
class Scratch {
 public:
  explicit Scratch(Index size)
      : bytes_(static_cast<std::size_t>(size) * sizeof(T)),
        data_(size == 0 ? nullptr : static_cast<T*>(allocate(bytes_))) {}
  /// Where memory is used up, data() is null.
  Scratch(Index size, std::nothrow_t)
      : bytes_(static_cast<std::size_t>(size) * sizeof(T)),
        data_(size == 0 ? nullptr : static_cast<T*>(try_to_allocate(bytes_))) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (data_ != nullptr) release(data_, bytes_);
  }

  [[nodiscard]] T* data() const { return data_; }

 private:
  std::size_t bytes_;
  T* data_;
};

}  // namespace gpu

/// to = from, `size` elements of device memory.
template <class T>
void copy(Cuda, Index size, const T* from, T* to) {
  gpu::transform(size, to, [=] OSTEON_KERNEL(Index i) { return from[i]; });
}

/// The same from one type to another.
template <class From, class To>
void convert(Cuda, Index size, const From* from, To* to) {
  gpu::transform(size, to, [=] OSTEON_KERNEL(Index i) {
    return static_cast<To>(static_cast<ComputeType<From>>(from[i]));
  });
}

/// to = from, from device to host memory; waits for what computes `from`.
template <class T>
void copy_to_host(Cuda, Index size, const T* from, T* to) {
  if (size == 0) return;
  gpu::transfer(size, from, to, gpu::Way::to_host);
}

/// to = from, from host to device memory.
template <class T>
void copy_from_host(Cuda, Index size, const T* from, T* to) {
  if (size == 0) return;
  gpu::transfer(size, from, to, gpu::Way::to_device);
}

/// `size()` zero-initialised elements of device memory, which the host cannot read.
template <class T>
class Buffer<T, Cuda> {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  explicit Buffer(std::size_t size) : data_(allocate(size)), size_(size) {
    gpu::fill(static_cast<Index>(size), data_, T(0));
  }
  Buffer(const Buffer& other) : data_(allocate(other.size_)), size_(other.size_) {
    copy(Cuda{}, static_cast<Index>(size_), other.data(), data_);
  }
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) gpu::release(data_, size_ * sizeof(T));
  }

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static T* allocate(std::size_t size) {
    return size == 0 ? nullptr : static_cast<T*>(gpu::allocate(size * sizeof(T)));
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace osteon
