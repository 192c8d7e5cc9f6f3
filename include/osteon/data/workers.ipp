// Definitions of workers.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/workers.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace osteon::data {

OSTEON_INLINE void parallel_for_each(std::size_t count, int threads,
                                     const std::function<void(std::size_t)>& body) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr error;
  std::mutex error_mutex;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) body(i);
    } catch (...) {
      next = count;
      const std::lock_guard lock(error_mutex);
      if (!error) error = std::current_exception();
    }
  };
  std::vector<std::jthread> helpers;
  const std::size_t wanted = std::min(static_cast<std::size_t>(std::max(threads, 1)), count);
  for (std::size_t t = 1; t < wanted; ++t) helpers.emplace_back(work);
  work();
  helpers.clear();  // joins
  if (error) std::rethrow_exception(error);
}

}  // namespace osteon::data
