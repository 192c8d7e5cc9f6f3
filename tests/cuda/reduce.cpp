#include <osteon/cuda/reduce.hpp>

#include <doctest/doctest.h>

namespace osteon {
namespace {

/// Two sums at a time, larger than a register.
struct Sums {
  Index ones = 0, numbers = 0, squares = 0;
};
struct SumsOf {
  OSTEON_HOST_DEVICE Sums operator()(Index i) const { return {1, i, i * i}; }
};
struct AddSums {
  OSTEON_HOST_DEVICE Sums operator()(const Sums& a, const Sums& b) const {
    return {a.ones + b.ones, a.numbers + b.numbers, a.squares + b.squares};
  }
};

TEST_CASE("cuda: a reduction of several sums") {
  for (const Index n : {Index{0}, Index{1}, Index{1000}, Index{123'457}}) {
    const Sums sums = gpu::reduce(n, Sums{5, 0, 0}, SumsOf{}, AddSums{});
    CHECK(sums.ones == 5 + n);
    CHECK(sums.numbers == n * (n - 1) / 2);
    CHECK(sums.squares == (n - 1) * n * (2 * n - 1) / 6);
  }
}

/// Counts the bytes that are out.
struct Counting : gpu::TemporaryMemory {
  static inline std::ptrdiff_t asked = 0, out = 0;

  [[nodiscard]] char* allocate(std::ptrdiff_t bytes) {
    asked += bytes;
    out += bytes;
    return TemporaryMemory::allocate(bytes);
  }
  void deallocate(char* memory, std::size_t bytes) {
    out -= static_cast<std::ptrdiff_t>(bytes);
    TemporaryMemory::deallocate(memory, bytes);
  }
};

TEST_CASE("cuda: partial results lie in memory of the allocator, which gets all of it back") {
  Counting memory;
  const auto begin = gpu::first_index();
  const Sums sums = thrust::transform_reduce(gpu::policy(memory), begin, begin + 123'457, SumsOf{},
                                             Sums{}, AddSums{});
  CHECK(sums.ones == 123'457);
  if (gpu::on_gpu) CHECK(Counting::asked > 0);  // the host may need none
  CHECK(Counting::out == 0);
}

}  // namespace
}  // namespace osteon
