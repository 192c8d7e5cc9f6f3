// Blocks of memory that are kept for the next request: a GPU's own allocator takes long and waits
// for all that runs.
#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <mutex>

namespace osteon::gpu {

/// A cache over `Upstream`, whose allocate(bytes) gives null where nothing is left and whose
/// release(memory, bytes) takes back. Work on the memory must be ordered (one stream): a block that
/// is released while work on it is still queued may be handed out again at once.
template <class Upstream>
class CachingAllocator {
 public:
  CachingAllocator() = default;
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;
  ~CachingAllocator() { release_unused(); }

  /// A block of at least `bytes`, that which was released last if there are several: what allocates
  /// in the same order again and again gets the same memory, and can be replayed (cuda/replay.hpp).
  /// Null where there is none, even with nothing kept back.
  [[nodiscard]] void* allocate(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    const std::size_t size = rounded(bytes);
    // Equal sizes stand in the order in which they came.
    if (const auto [first, end] = unused_.equal_range(size); first != end) {
      const auto newest = std::prev(end);
      void* const memory = newest->second;
      unused_.erase(newest);
      return memory;
    }
    void* memory = Upstream::allocate(size);
    if (memory == nullptr && !unused_.empty()) {
      release_blocks();
      memory = Upstream::allocate(size);
    }
    return memory;
  }

  /// Keeps a block that allocate(bytes) gave.
  void release(void* memory, std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    unused_.emplace(rounded(bytes), memory);
  }

  /// Gives what is kept back to where it came from (torch.cuda.empty_cache).
  void release_unused() {
    const std::scoped_lock lock(mutex_);
    release_blocks();
  }

  /// Blocks kept.
  [[nodiscard]] std::size_t unused() const {
    const std::scoped_lock lock(mutex_);
    return unused_.size();
  }

 private:
  /// Sizes come in few kinds, so that blocks find a use again: an eighth of a power of two.
  static std::size_t rounded(std::size_t bytes) {
    std::size_t unit = 512;
    while (unit * 16 <= bytes) unit *= 2;
    return (bytes + unit - 1) / unit * unit;
  }
  void release_blocks() {
    for (const auto& [size, memory] : unused_) Upstream::release(memory, size);
    unused_.clear();
  }

  mutable std::mutex mutex_;
  std::multimap<std::size_t, void*> unused_;
};

/// The program's cache. It is never destroyed: at exit the driver may be gone before it.
template <class Upstream>
CachingAllocator<Upstream>& shared_cache() {
  static auto* const cache = new CachingAllocator<Upstream>;
  return *cache;
}

}  // namespace osteon::gpu
