#include <osteon/cpu/ranking.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace osteon {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST_CASE("Ranking: the lowest go, the first of equal ones first") {
  const std::vector<double> scores{3, 1, -2, 1, 0, 1};
  Bytes mask(6, 1);
  Ranking<Cpu> ranking(scores.data(), mask.data(), 6);
  ranking.add(0, 6);
  ranking.remove_lowest(4);
  CHECK(mask == Bytes{1, 0, 0, 0, 0, 1});
}

TEST_CASE("Ranking: only kept weights of the tensors that joined it are in it") {
  const std::vector<double> scores{1, 2, 3, 4, 5, 6};
  Bytes mask{1, 0, 1, 1, 1, 1};
  Ranking<Cpu> ranking(scores.data(), mask.data(), 6);
  ranking.add(0, 2);
  ranking.add(3, 6);
  ranking.remove_lowest(2);
  CHECK(mask == Bytes{0, 0, 1, 0, 1, 1});
}

TEST_CASE("Ranking: what is spared is of the tensor added last, and of equal ones the last") {
  const std::vector<double> scores{9, 8, 1, 1, 1};
  Bytes mask(5, 1);
  Ranking<Cpu> ranking(scores.data(), mask.data(), 5);
  ranking.add(0, 2);
  ranking.add(2, 5);
  ranking.spare_highest(2);
  ranking.remove_lowest(2);
  CHECK(mask == Bytes{1, 0, 0, 1, 1});
}

TEST_CASE("Ranking: a census of each tensor") {
  const std::vector<double> scores{0, -0.0, 5, NAN, 2, INFINITY, 7};
  Bytes mask{1, 1, 1, 0, 1, 1, 0};
  Ranking<Cpu> ranking(scores.data(), mask.data(), 7);
  const Census first = ranking.add(0, 3);
  CHECK(first.kept == 3);
  CHECK(first.nonzero == 1);
  CHECK(first.not_finite == Census::none);
  const Census second = ranking.add(3, 7);
  CHECK(second.kept == 2);
  CHECK(second.not_finite == 3);  // removed or not
}

}  // namespace
}  // namespace osteon
