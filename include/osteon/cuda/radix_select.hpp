// The lowest of many numbers, found by counting: nothing is sorted or moved, and 16 counts a pass
// are all that the host sees.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/cuda/reduce.hpp>

#include <cstdint>

namespace osteon::gpu {

/// Where the lowest of some numbers end: all below `bound` are of them and, of those equal to it,
/// `ties`.
struct Cut {
  std::uint64_t bound = 0;
  Index ties = 0;
};

/// How many numbers have each of a digit's values.
struct DigitCounts {
  static constexpr int bits = 4, values = 1 << bits;
  Index of[values] = {};
};
struct AddCounts {
  OSTEON_HOST_DEVICE DigitCounts operator()(DigitCounts a, const DigitCounts& b) const {
    for (int digit = 0; digit < DigitCounts::values; ++digit) a.of[digit] += b.of[digit];
    return a;
  }
};

/// Counts the digit of number i that begins at bit `shift`, if all digits above are those of
/// `begin`.
template <class Number>
struct CountDigit {
  Number number;
  std::uint64_t begin;
  int shift;

  OSTEON_HOST_DEVICE DigitCounts operator()(Index i) const {
    // Numbers below `begin` wrap around, and are as far beyond the last digit as those above it.
    const std::uint64_t given = (number(i) - begin) >> shift;
    DigitCounts counts;
    for (int digit = 0; digit < DigitCounts::values; ++digit) {
      counts.of[digit] = given == static_cast<std::uint64_t>(digit) ? 1 : 0;
    }
    return counts;
  }
};

/// Where the `count` lowest of number(0), ..., number(size - 1) end. Digits are read from the
/// highest of `digits` down, until a bound divides the numbers as asked; there must be more than
/// `count` with no more digits than that.
template <class Number>
[[nodiscard]] Cut radix_select(Index size, Index count, int digits, const Number& number) {
  Cut cut{0, count};
  for (int shift = digits * DigitCounts::bits; shift > 0 && cut.ties > 0;) {
    shift -= DigitCounts::bits;
    const DigitCounts counts =
        reduce(size, DigitCounts{}, CountDigit<Number>{number, cut.bound, shift}, AddCounts{});
    for (int digit = 0; cut.ties > 0; ++digit) {
      require(digit < DigitCounts::values,
              "the GPU counted fewer numbers than there are; please "
              "report this, with the GPU's name and the versions of its driver and of CUDA");
      if (cut.ties < counts.of[digit]) break;
      cut.ties -= counts.of[digit];
      cut.bound += std::uint64_t{1} << shift;
    }
  }
  return cut;
}

}  // namespace osteon::gpu
