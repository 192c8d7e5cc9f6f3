// Weights ranked on the GPU: the order is that of whole numbers, and the lowest are found by
// counting.
#pragma once

#include <osteon/core/ranking.hpp>
#include <osteon/cuda/radix_select.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace osteon {
namespace gpu {

/// A finite score as a number that is ordered as the score is; -0 and 0 are one.
[[nodiscard]] OSTEON_HOST_DEVICE inline std::uint64_t ranking_key(double score) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(score == 0 ? 0.0 : score);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}
/// The key of what is not in the ranking: above every score's.
inline constexpr auto unranked = std::numeric_limits<std::uint64_t>::max();

/// The key of weight i.
struct KeyOf {
  const double* scores;
  const std::uint8_t* mask;

  OSTEON_HOST_DEVICE std::uint64_t operator()(Index i) const {
    return mask[i] != 0 ? ranking_key(scores[i]) : unranked;
  }
};

/// The census of weight i alone; `first` is its place.
struct CensusOf {
  const double* scores;
  const std::uint8_t* mask;
  Index first;

  OSTEON_HOST_DEVICE Census operator()(Index i) const {
    const double score = scores[i];
    const bool finite = score - score == 0;
    const bool kept = mask[i] != 0;
    return {kept ? 1 : 0, kept && score != 0 ? 1 : 0, finite ? Index{Census::none} : first + i};
  }
};
struct JoinCensus {
  OSTEON_HOST_DEVICE Census operator()(const Census& a, const Census& b) const {
    return {a.kept + b.kept, a.nonzero + b.nonzero,
            a.not_finite < b.not_finite ? a.not_finite : b.not_finite};
  }
};

struct Key {
  const std::uint64_t* keys;
  OSTEON_HOST_DEVICE std::uint64_t operator()(Index i) const { return keys[i]; }
};
/// The places of one key, for its ties.
struct PlaceOf {
  const std::uint64_t* keys;
  std::uint64_t key;
  OSTEON_HOST_DEVICE std::uint64_t operator()(Index i) const {
    return keys[i] == key ? static_cast<std::uint64_t>(i) : unranked;
  }
};

/// Whether weight i is one of the lowest.
struct IsLowest {
  const std::uint64_t* keys;
  std::uint64_t key, place;  // of the first that is not

  OSTEON_HOST_DEVICE bool operator()(Index i) const {
    return keys[i] < key || (keys[i] == key && static_cast<std::uint64_t>(i) < place);
  }
};

/// The `count` lowest of `size` weights; at least so many are ranked.
[[nodiscard]] inline IsLowest lowest(const std::uint64_t* keys, Index size, Index count) {
  if (count == size) return {keys, unranked, 0};
  constexpr int bits = DigitCounts::bits;
  const Cut cut = radix_select(size, count, 64 / bits, Key{keys});
  const int digits = (std::bit_width(static_cast<std::uint64_t>(size)) + bits - 1) / bits;
  const Cut among_ties = radix_select(size, cut.ties, digits, PlaceOf{keys, cut.bound});
  return {keys, cut.bound, among_ties.bound};
}

}  // namespace gpu

template <>
class Ranking<Cuda> {
 public:
  Ranking(const double* scores, std::uint8_t* mask, Index size)
      : scores_(scores), mask_(mask), keys_(static_cast<std::size_t>(size)) {
    gpu::fill(size, keys_.data(), gpu::unranked);
  }

  Census add(Index begin, Index end) {
    begin_ = begin;
    end_ = end;
    gpu::transform(end - begin, keys_.data() + begin, gpu::KeyOf{scores_ + begin, mask_ + begin});
    const Census census =
        gpu::reduce(end - begin, Census{}, gpu::CensusOf{scores_ + begin, mask_ + begin, begin},
                    gpu::JoinCensus{});
    kept_ = census.kept;
    return census;
  }

  void spare_highest(Index count) {
    if (count == 0) return;
    std::uint64_t* const keys = keys_.data() + begin_;
    const auto stays_ranked = gpu::lowest(keys, end_ - begin_, kept_ - count);
    gpu::for_each_index(end_ - begin_, [=] OSTEON_KERNEL(Index i) {
      if (!stays_ranked(i)) keys[i] = gpu::unranked;
    });
  }

  void remove_lowest(Index count) {
    if (count == 0) return;
    const auto size = static_cast<Index>(keys_.size());
    const auto goes = gpu::lowest(keys_.data(), size, count);
    std::uint8_t* const mask = mask_;
    gpu::for_each_index(size, [=] OSTEON_KERNEL(Index i) {
      if (goes(i)) mask[i] = 0;
    });
  }

 private:
  const double* scores_;
  std::uint8_t* mask_;
  Buffer<std::uint64_t, Cuda> keys_;
  Index begin_ = 0, end_ = 0, kept_ = 0;  // the tensor added last
};

}  // namespace osteon
