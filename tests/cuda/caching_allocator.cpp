#include <osteon/cuda/caching_allocator.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>

namespace osteon {
namespace {

/// The heap, up to a limit.
struct Heap {
  static inline int allocations = 0, blocks = 0;
  static inline int limit = 1000;

  static void* allocate(std::size_t bytes) {
    if (blocks == limit) return nullptr;
    ++allocations;
    ++blocks;
    return std::malloc(bytes);
  }
  static void release(void* memory, std::size_t /*bytes*/) {
    --blocks;
    std::free(memory);
  }
};

TEST_CASE("cuda: a released block is handed out again") {
  Heap::allocations = 0;
  {
    gpu::CachingAllocator<Heap> cache;
    void* const first = cache.allocate(1000);
    cache.release(first, 1000);
    CHECK(cache.unused() == 1);
    CHECK(cache.allocate(900) == first);  // of the same kind of size
    CHECK(cache.unused() == 0);
    CHECK(Heap::allocations == 1);
    void* const second = cache.allocate(1000);
    CHECK(second != first);
    cache.release(first, 900);
    cache.release(second, 1000);
  }
  CHECK(Heap::blocks == 0);
}

TEST_CASE("cuda: of equal blocks the one that was released last is handed out") {
  gpu::CachingAllocator<Heap> cache;
  void* const first = cache.allocate(1000);
  void* const second = cache.allocate(1000);
  void* const third = cache.allocate(1000);
  cache.release(second, 1000);
  cache.release(first, 1000);
  cache.release(third, 1000);
  // A step that allocates and releases gets the same memory each time.
  for (int step = 0; step < 4; ++step) {
    void* const memory = cache.allocate(1000);
    CHECK(memory == third);
    cache.release(memory, 1000);
  }
  CHECK(cache.allocate(1000) == third);
  CHECK(cache.allocate(1000) == first);
  CHECK(cache.allocate(1000) == second);
  for (void* const memory : {first, second, third}) cache.release(memory, 1000);
}

TEST_CASE("cuda: what is kept goes back before memory is said to be used up") {
  gpu::CachingAllocator<Heap> cache;
  Heap::limit = 2;
  void* const small = cache.allocate(100);
  void* const large = cache.allocate(100'000);
  CHECK(cache.allocate(5'000'000) == nullptr);
  cache.release(small, 100);
  void* const other = cache.allocate(5'000'000);
  CHECK(other != nullptr);
  CHECK(cache.unused() == 0);
  cache.release(large, 100'000);
  cache.release(other, 5'000'000);
  cache.release_unused();
  CHECK(Heap::blocks == 0);
  Heap::limit = 1000;
}

TEST_CASE("cuda: sizes are rounded up by less than an eighth") {
  gpu::CachingAllocator<Heap> cache;
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{4097}, std::size_t{1'000'003}}) {
    void* const memory = cache.allocate(bytes);
    cache.release(memory, bytes);
    const std::size_t larger = bytes + bytes / 8 + 512;
    void* const other = cache.allocate(larger);  // must not be the smaller block
    CHECK(other != memory);
    cache.release(other, larger);
  }
}

}  // namespace
}  // namespace osteon
