// Counter-based random numbers: the same on every backend and for every number of threads.
//
// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
// 2011.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <utility>

namespace osteon {

/// Philox4x32-10. A pure function: (seed, stream, counter) -> four independent 32-bit words, so any
/// element of any sequence can be computed alone, in any order, on any thread.
struct Philox {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;

  [[nodiscard]] constexpr std::array<std::uint32_t, 4> operator()(std::uint64_t counter) const {
    std::array<std::uint32_t, 4> c{low(counter), high(counter), low(stream), high(stream)};
    std::uint32_t k0 = low(seed);
    std::uint32_t k1 = high(seed);
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * c[0];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * c[2];
      c = {high(p1) ^ c[1] ^ k0, low(p1), high(p0) ^ c[3] ^ k1, low(p0)};
      k0 += 0x9E3779B9U;
      k1 += 0xBB67AE85U;
    }
    return c;
  }

 private:
  static constexpr std::uint32_t low(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
  static constexpr std::uint32_t high(std::uint64_t v) {
    return static_cast<std::uint32_t>(v >> 32);
  }
};

/// Maps a 32-bit word to [0, 1) with 24 bits, exact in float.
[[nodiscard]] constexpr float to_unit(std::uint32_t word) {
  return static_cast<float>(word >> 8) * 0x1p-24F;
}

/// A sequential view of one Philox stream. Satisfies std::uniform_random_bit_generator, but prefer
/// its members: the standard distributions differ between standard libraries.
class Random {
 public:
  using result_type = std::uint32_t;

  explicit constexpr Random(std::uint64_t seed, std::uint64_t stream = 0) : philox_{seed, stream} {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  constexpr result_type operator()() {
    if (used_ == 4) {
      words_ = philox_(counter_++);
      used_ = 0;
    }
    return words_[used_++];
  }

  /// Uniform in [0, 1).
  constexpr float uniform() { return to_unit((*this)()); }
  /// Uniform in [low, high).
  constexpr float uniform(float low, float high) { return low + (high - low) * uniform(); }

  /// Uniform integer in [0, bound); bound > 0. Unbiased (rejection).
  constexpr std::uint32_t below(std::uint32_t bound) {
    const std::uint32_t limit = max() - max() % bound;
    std::uint32_t word = (*this)();
    while (word >= limit) word = (*this)();
    return word % bound;
  }

  /// Uniform integer in [low, high], both included.
  constexpr int between(int low, int high) {
    return low + static_cast<int>(below(static_cast<std::uint32_t>(high - low + 1)));
  }

  /// Standard normal (Box-Muller, the second value of each pair is discarded).
  float normal() {
    const float radius = std::sqrt(-2.0F * std::log(1.0F - uniform()));
    return radius * std::cos(2.0F * std::numbers::pi_v<float> * uniform());
  }

  /// True with probability p.
  constexpr bool chance(float p) { return uniform() < p; }

  /// Fisher-Yates.
  template <class T>
  constexpr void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) {
      using std::swap;
      swap(values[i - 1], values[below(static_cast<std::uint32_t>(i))]);
    }
  }

 private:
  Philox philox_;
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 4> words_{};
  std::size_t used_ = 4;
};

}  // namespace osteon
