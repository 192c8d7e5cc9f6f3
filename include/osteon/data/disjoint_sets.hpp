// Groups that grow together: union-find.
#pragma once

#include <cstddef>
#include <numeric>
#include <utility>
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
  [[nodiscard]] std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

  void join(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return;
    if (members_[a] < members_[b]) std::swap(a, b);
    parent_[b] = a;
    members_[a] += members_[b];
  }

  /// The set of each item, numbered from 0 in the order of their first items.
  [[nodiscard]] std::vector<std::size_t> numbered() {
    const std::size_t none = parent_.size();
    std::vector<std::size_t> number(parent_.size(), none), result(parent_.size());
    std::size_t sets = 0;
    for (std::size_t i = 0; i < result.size(); ++i) {
      std::size_t& n = number[find(i)];
      if (n == none) n = sets++;
      result[i] = n;
    }
    return result;
  }

 private:
  std::vector<std::size_t> parent_;
  std::vector<std::size_t> members_;
};

}  // namespace osteon::data
