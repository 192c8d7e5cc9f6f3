// Sums down the columns of a matrix that is computed on the way: the statistics and gradients of a
// batch.
#pragma once

#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/window.hpp>

#include <algorithm>
#include <cstddef>

namespace osteon::gpu {

/// result(column, sum) for every column, where sum (a double) is that of all rows. Rows are added
/// in a fixed number of chunks by chunk_sum(begin, end, column), in T, and these in double and in
/// order: the result is a function of the values alone.
template <class T, class ChunkSum, class Result>
void sum_chunks(Index rows, Index columns, const ChunkSum& chunk_sum, const Result& result) {
  // Enough sums at a time to fill a GPU, in chunks of at least 64 rows.
  constexpr Index wanted = Index{1} << 16;
  const Index chunks = std::clamp<Index>(wanted / columns, 1, rows / 64 + 1);
  const Index chunk = (rows + chunks - 1) / chunks;
  const Scratch<T> partial(chunks * columns);
  T* const partials = partial.data();
  transform(chunks * columns, partials, [=] OSTEON_KERNEL(Index i) {
    const Index begin = smaller(rows, i / columns * chunk);
    return chunk_sum(begin, smaller(rows, begin + chunk), i % columns);
  });
  for_each_index(columns, [=] OSTEON_KERNEL(Index column) {
    double sum = 0;
    for (Index i = 0; i < chunks; ++i) sum += static_cast<double>(partials[i * columns + column]);
    result(column, sum);
  });
}

/// The same with value(row, column) for every row.
template <class T, class Value>
struct RowByRow {
  Value value;

  OSTEON_HOST_DEVICE T operator()(Index begin, Index end, Index column) const {
    T sum = 0;
    for (Index row = begin; row < end; ++row) sum += value(row, column);
    return sum;
  }
};
template <class T, class Value, class Result>
void sum_rows(Index rows, Index columns, const Value& value, const Result& result) {
  sum_chunks<T>(rows, columns, RowByRow<T, Value>{value}, result);
}

}  // namespace osteon::gpu
