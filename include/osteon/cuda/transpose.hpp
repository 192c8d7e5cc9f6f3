// From pixels of channels to planes, and back.
#pragma once

#include <osteon/cuda/memory.hpp>

namespace osteon {

/// (N, rows, columns) -> (N, columns, rows): channels-last images to planes, or, with the two
/// extents exchanged, back.
template <class T>
void transpose_pixels(Cuda, Index batch, Index rows, Index columns, const T* from, T* to) {
  const Index image = rows * columns;
  gpu::transform(batch * image, to, [=] OSTEON_KERNEL(Index i) {
    const Index column = i % image / rows, row = i % rows;
    return from[i / image * image + row * columns + column];
  });
}

}  // namespace osteon
