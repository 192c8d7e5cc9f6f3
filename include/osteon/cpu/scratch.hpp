// Memory that operations borrow for the time of a call and that lives on from call to call.
#pragma once

#include <osteon/core/buffer.hpp>
#include <osteon/core/device.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/cpu/parallel.hpp>

#include <algorithm>
#include <cstddef>

namespace osteon::cpu {
namespace detail {

template <class T>
T* grow(Buffer<T, Cpu>& memory, Index size) {
  const auto wanted = static_cast<std::size_t>(size);
  if (memory.size() < wanted) memory = Buffer<T, Cpu>(std::max(wanted, 2 * memory.size()));
  return memory.data();
}

}  // namespace detail

/// `size` elements that the calling thread hands to all threads of a loop; their values are left
/// over from earlier calls. `Slot` tells apart what one operation needs at the same time.
template <class T, int Slot = 0>
T* shared_scratch(Index size) {
  thread_local Buffer<T, Cpu> memory;
  return detail::grow(memory, size);
}

/// `size` elements for each thread of the loop that the calling thread starts next. It takes them
/// for all: which thread has a turn, and when, is chance, and memory must not hang on it.
template <class T>
class ThreadScratch {
 public:
  explicit ThreadScratch(Index size)
      : stride_((size + line - 1) / line * line), first_(memory(num_threads() * stride_)) {}

  /// The calling thread's.
  [[nodiscard]] T* mine() const { return first_ + thread_index() * stride_; }

 private:
  static constexpr Index line = 64 / sizeof(T);  // no two threads write to one cache line

  static T* memory(Index size) {
    thread_local Buffer<T, Cpu> memory;
    return detail::grow(memory, size);
  }

  Index stride_;
  T* first_;
};

/// At least `size` zeros, for the calling thread; never written to.
template <class T>
const T* zero_row(Index size) {
  thread_local Buffer<T, Cpu> memory;
  return detail::grow(memory, size);
}

}  // namespace osteon::cpu
