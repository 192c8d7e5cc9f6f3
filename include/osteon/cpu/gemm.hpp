// Matrix products on row-major memory, through Eigen, on the calling thread.
#pragma once

#include <osteon/core/shape.hpp>
#include <osteon/cpu/eigen.hpp>

namespace osteon::cpu {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using MatrixMap = Eigen::Map<Matrix<T>, 0, Eigen::OuterStride<>>;
template <class T>
using ConstMatrixMap = Eigen::Map<const Matrix<T>, 0, Eigen::OuterStride<>>;

/// rows x columns, `stride` elements from one row to the next.
template <class T>
ConstMatrixMap<T> matrix(const T* data, Index rows, Index columns, Index stride) {
  return ConstMatrixMap<T>(data, rows, columns, Eigen::OuterStride<>(stride));
}
template <class T>
MatrixMap<T> matrix(T* data, Index rows, Index columns, Index stride) {
  return MatrixMap<T>(data, rows, columns, Eigen::OuterStride<>(stride));
}
template <class T>
auto matrix(T* data, Index rows, Index columns) {
  return matrix(data, rows, columns, columns);
}

/// Memory of the calling thread that lives from call to call; `size` elements, not initialised.
/// `Slot` tells apart buffers that one operation needs at the same time.
template <class T, int Slot = 0>
T* scratch(Index size) {
  thread_local Eigen::Array<T, Eigen::Dynamic, 1> memory;
  if (memory.size() < size) memory.resize(size);
  return memory.data();
}

}  // namespace osteon::cpu
