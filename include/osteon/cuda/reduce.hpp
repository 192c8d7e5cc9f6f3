// Reductions on the GPU: one number, or a few, that the host waits for.
#pragma once

#include <osteon/cuda/memory.hpp>

#include <cstddef>

namespace osteon::gpu {

/// Where Thrust takes the memory of its partial results from: the cache, as a Buffer does.
struct TemporaryMemory {
  using value_type = char;

  [[nodiscard]] char* allocate(std::ptrdiff_t bytes) {
    return static_cast<char*>(gpu::allocate(static_cast<std::size_t>(bytes)));
  }
  void deallocate(char* memory, std::size_t bytes) { release(memory, bytes); }
};

/// The values of all i in [0, count) combined, beginning with `initial`.
template <class T, class Value, class Combine>
[[nodiscard]] T reduce(Index count, T initial, const Value& value, const Combine& combine) {
  return reporting_errors("a reduction", [&] {
    TemporaryMemory memory;
    return thrust::transform_reduce(policy(memory), first_index(), first_index() + count,
                                    Returning<T, Value>{value}, initial, combine);
  });
}

}  // namespace osteon::gpu
