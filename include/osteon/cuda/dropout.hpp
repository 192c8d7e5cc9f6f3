// Dropout on the GPU.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/cuda/memory.hpp>

#include <cstddef>
#include <cstdint>

namespace osteon {

/// to[i] = from[i] / (1 - p), or 0 with probability p: element i takes word i % 4 of the Philox
/// counter i / 4, as on every device. `to` may be `from`.
template <class T>
void dropout(Cuda, float p, std::uint64_t seed, std::uint64_t stream, Index size, const T* from,
             T* to) {
  const Philox philox{seed, stream};
  using P = ComputeType<T>;
  const P scale = P(1) / (P(1) - static_cast<P>(p));
  gpu::for_each_index((size + 3) / 4, [=] OSTEON_KERNEL(Index block) {
    const auto words = philox(static_cast<std::uint64_t>(block));
    for (Index i = 4 * block; i < size && i < 4 * block + 4; ++i) {
      const bool kept = to_unit(words[static_cast<std::size_t>(i % 4)]) >= p;
      to[i] = static_cast<T>(kept ? from[i] * scale : P(0));
    }
  });
}

}  // namespace osteon
