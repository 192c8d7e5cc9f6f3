#include <osteon/cuda/sum_rows.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <vector>

namespace osteon {
namespace {

/// The sums of (row + 1) (column + 1), which are whole numbers.
void check_sums(Index rows, Index columns) {
  Buffer<double, Cuda> sums(static_cast<std::size_t>(columns));
  double* const to = sums.data();
  gpu::sum_rows<double>(
      rows, columns,
      [=] OSTEON_KERNEL(Index row, Index column) {
        return static_cast<double>((row + 1) * (column + 1));
      },
      [=] OSTEON_KERNEL(Index column, double sum) { to[column] = sum; });
  HostMirror mirror(Cuda{}, sums.data(), columns);
  for (Index column = 0; column < columns; ++column) {
    CHECK(mirror[column] == static_cast<double>(rows * (rows + 1) / 2 * (column + 1)));
  }
}

}  // namespace

TEST_CASE("cuda: sums of rows, whatever the chunks") {
  for (const Index rows : {1, 63, 64, 65, 1000, 12'345}) {
    for (const Index columns : {1, 3, 64}) check_sums(rows, columns);
  }
  check_sums(7, 100'000);  // more columns than sums are wanted at a time
}

TEST_CASE("cuda: no rows sum to zero") {
  Buffer<float, Cuda> sums(2);
  float* const to = sums.data();
  gpu::sum_rows<float>(
      0, 2, [=] OSTEON_KERNEL(Index, Index) { return 1.0F; },
      [=] OSTEON_KERNEL(Index column, double sum) { to[column] = float(sum) + 5; });
  HostMirror mirror(Cuda{}, sums.data(), 2);
  CHECK(mirror[0] == 5);
  CHECK(mirror[1] == 5);
}

}  // namespace osteon
