// Groups that grow together: union-find.
#pragma once

#include <cstddef>
#include <numeric>
#include <vector>

namespace osteon::data {

/// The items 0 .. size-1, each in a set of its own until join() unites two sets. Union by size with
/// path halving (Tarjan & van Leeuwen, J. ACM 1984): all but constant time an operation.
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t size) : parent_(size), members_(size, 1) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }

  /// An item that stands for the whole set of `i`.
  [[nodiscard]] std::size_t find(std::size_t i);
  void join(std::size_t a, std::size_t b);

  /// The set of each item, numbered from 0 in the order of their first items.
  [[nodiscard]] std::vector<std::size_t> numbered();

 private:
  std::vector<std::size_t> parent_;
  std::vector<std::size_t> members_;
};

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/disjoint_sets.ipp>
#endif
