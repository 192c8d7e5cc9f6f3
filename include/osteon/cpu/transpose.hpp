// From pixels of channels to planes, and back.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/cpu/parallel.hpp>

namespace osteon {

/// (N, rows, columns) -> (N, columns, rows): channels-last images to planes, or, with the two
/// extents exchanged, back.
template <class T>
void transpose_pixels(Cpu, Index batch, Index rows, Index columns, const T* from, T* to) {
  cpu::parallel_for(batch, [&](Index n) {
    const T* const source = from + n * rows * columns;
    T* const target = to + n * rows * columns;
    for (Index r = 0; r < rows; ++r) {
      for (Index c = 0; c < columns; ++c) target[c * rows + r] = source[r * columns + c];
    }
  });
}

}  // namespace osteon
