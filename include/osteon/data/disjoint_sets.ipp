// Definitions of disjoint_sets.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/disjoint_sets.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace osteon::data {

OSTEON_INLINE std::size_t DisjointSets::find(std::size_t i) {
  while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
  return i;
}

OSTEON_INLINE void DisjointSets::join(std::size_t a, std::size_t b) {
  a = find(a);
  b = find(b);
  if (a == b) return;
  if (members_[a] < members_[b]) std::swap(a, b);
  parent_[b] = a;
  members_[a] += members_[b];
}

OSTEON_INLINE std::vector<std::size_t> DisjointSets::numbered() {
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

}  // namespace osteon::data
