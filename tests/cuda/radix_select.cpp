#include <osteon/core/random.hpp>
#include <osteon/cuda/radix_select.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace osteon {
namespace {

using Numbers = std::vector<std::uint64_t>;

struct NumberAt {
  const std::uint64_t* numbers;
  OSTEON_HOST_DEVICE std::uint64_t operator()(Index i) const { return numbers[i]; }
};

/// Checks every cut of some numbers, below 16^digits, that leaves at least one.
void check_cuts(Numbers numbers, int digits) {
  const auto size = static_cast<Index>(numbers.size());
  Buffer<std::uint64_t, Cuda> buffer(numbers.size());
  copy_from_host(Cuda{}, size, numbers.data(), buffer.data());
  std::ranges::sort(numbers);
  for (Index count = 0; count < size; ++count) {
    CAPTURE(count);
    const gpu::Cut cut = gpu::radix_select(size, count, digits, NumberAt{buffer.data()});
    const auto below = std::ranges::lower_bound(numbers, cut.bound) - numbers.begin();
    const auto equal = std::ranges::count(numbers, cut.bound);
    CHECK(below + cut.ties == count);
    CHECK((cut.ties == 0 || cut.ties < equal));
  }
}

Numbers draw(std::uint64_t stream, Index size, std::uint64_t below) {
  Numbers numbers;
  for (Index i = 0; i < size; ++i) {
    const auto words = Philox{5, stream}(static_cast<std::uint64_t>(i));
    const auto number = (std::uint64_t{words[0]} << 32) | words[1];
    numbers.push_back(below == 0 ? number : number % below);
  }
  return numbers;
}

TEST_CASE("cuda: the lowest of numbers of 64 bits") { check_cuts(draw(1, 200, 0), 16); }

TEST_CASE("cuda: the lowest of few kinds of numbers") {
  check_cuts(draw(2, 200, 7), 1);
  check_cuts(draw(3, 200, 7), 16);
  check_cuts(Numbers(40, 12'345), 16);
}

TEST_CASE("cuda: the lowest of the largest and smallest numbers") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  check_cuts({0, most, most - 1, 0, 1, most, most - 16, std::uint64_t{15} << 60}, 16);
  check_cuts({0x0f0, 0x0ff, 0x0ef, 0x100, 0x0f1, 0x001, 0xfff, 0xffe}, 3);
}

}  // namespace
}  // namespace osteon
