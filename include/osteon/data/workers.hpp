// A loop over independent items, shared by threads.
#pragma once

#include <cstddef>
#include <functional>

namespace osteon::data {

/// body(i) for every i in [0, count), by at most `threads` threads, the calling one included. Items
/// are handed out one by one, in order. The first exception ends the loop and is rethrown.
void parallel_for_each(std::size_t count, int threads,
                       const std::function<void(std::size_t)>& body);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/workers.ipp>
#endif
