// Memory that operations borrow for the time of a call and that lives on from call to call.
#pragma once

#include <osteon/core/buffer.hpp>
#include <osteon/core/device.hpp>
#include <osteon/core/shape.hpp>

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

/// `size` elements for the calling thread alone; their values are left over from earlier calls.
template <class T>
T* scratch(Index size) {
  thread_local Buffer<T, Cpu> memory;
  return detail::grow(memory, size);
}

/// `size` elements that the calling thread hands to all threads of a loop. `Slot` tells apart what
/// one operation needs at the same time.
template <class T, int Slot = 0>
T* shared_scratch(Index size) {
  thread_local Buffer<T, Cpu> memory;
  return detail::grow(memory, size);
}

/// At least `size` zeros, for the calling thread; never written to.
template <class T>
const T* zero_row(Index size) {
  thread_local Buffer<T, Cpu> memory;
  return detail::grow(memory, size);
}

}  // namespace osteon::cpu
