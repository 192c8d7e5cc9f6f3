// Random choices of samples that keep the balance of the classes, each a function of its seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace osteon::data {

/// Positions in the labels that were given, ascending; every position is in exactly one of the two.
struct Split {
  std::vector<std::size_t> train;
  std::vector<std::size_t> val;
};

/// Of each class with n samples, round(val_fraction * n) go to `val` (halves up), but at least one
/// and at most n - 1, so that both sides see every class. Throws Error unless 0 < val_fraction < 1
/// and every class has at least two samples.
[[nodiscard]] Split stratified_split(std::span<const int> labels, double val_fraction,
                                     std::uint64_t seed);

/// `limit` positions (all, if there are no more), ascending, each class in its share of the whole:
/// of a class with n of the N samples, floor or ceil of limit * n / N, the largest remainders
/// rounded up first (ties: lower label first).
[[nodiscard]] std::vector<std::size_t> stratified_subset(std::span<const int> labels,
                                                         std::size_t limit, std::uint64_t seed);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/split.ipp>
#endif
