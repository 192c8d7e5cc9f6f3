// Copies to the GPU beside what it computes: from pinned memory, in a stream of their own.
#pragma once

#include <osteon/core/upload.hpp>
#include <osteon/cuda/copy_stream.hpp>
#include <osteon/cuda/memory.hpp>

#include <utility>
#include <vector>

namespace osteon {

template <class T>
class Upload<T, Cuda> {
 public:
  using Source = std::vector<T, gpu::PinnedAllocator<T>>;

  Upload() = default;
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;
  /// The copy's memory serves the next Buffer, which does not know the copy stream.
  ~Upload() { wait(); }

  void start(const Source& source) {
    if (memory_.size() < source.size()) {
      wait();
      memory_ = Buffer<T, Cuda>(source.size());
      read_.record(gpu::compute_stream());  // its zeros, and what its block was used for before
    }
    read_.hold_back(gpu::copy_stream());
    gpu::queue_copy(static_cast<Index>(source.size()), source.data(), memory_.data());
    copied_.record(gpu::copy_stream());
  }

  void wait() const noexcept { copied_.wait(); }

  template <class Action>
  void read(const Action& action) {
    copied_.hold_back(gpu::compute_stream());
    action(std::as_const(memory_).data());
    read_.record(gpu::compute_stream());
  }

 private:
  Buffer<T, Cuda> memory_;
  gpu::Event copied_, read_;
};

}  // namespace osteon
