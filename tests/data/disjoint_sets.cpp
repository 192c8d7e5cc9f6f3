#include <osteon/core/random.hpp>
#include <osteon/data/disjoint_sets.hpp>

#include <doctest/doctest.h>

#include <vector>

using osteon::data::DisjointSets;

TEST_CASE("sets are numbered in the order of their first items") {
  DisjointSets sets(6);
  sets.join(4, 1);
  sets.join(5, 2);
  sets.join(1, 5);
  CHECK(sets.numbered() == std::vector<std::size_t>{0, 1, 1, 2, 1, 1});
  CHECK(DisjointSets(0).numbered().empty());
}

TEST_CASE("the same sets as by relabelling, whatever the order of the joins") {
  osteon::Random random(3);
  constexpr std::uint32_t n = 200;
  DisjointSets sets(n);
  std::vector<std::size_t> label(n);
  for (std::size_t i = 0; i < n; ++i) label[i] = i;
  for (int join = 0; join < 150; ++join) {
    const std::size_t a = random.below(n), b = random.below(n);
    sets.join(a, b);
    const std::size_t from = label[a], to = label[b];
    for (std::size_t& l : label)
      if (l == from) l = to;
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      CHECK((sets.find(i) == sets.find(j)) == (label[i] == label[j]));
}
