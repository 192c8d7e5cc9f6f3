// The fully connected layer on the CPU: x is (N, in), the weight (out, in), y (N, out).
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/cpu/gemm.hpp>
#include <osteon/cpu/parallel.hpp>

namespace osteon {

/// y = x weight^T + bias; bias may be null.
template <class T>
void linear_forward(Cpu, Index batch, Index in, Index out, const T* x, const T* weight,
                    const T* bias, T* y) {
  cpu::parallel_ranges(out, 256, [&](Index begin, Index end) {
    auto target = cpu::matrix(y + begin, batch, end - begin, out);
    target.noalias() =
        cpu::matrix(x, batch, in) * cpu::matrix(weight + begin * in, end - begin, in).transpose();
    if (bias != nullptr) target.rowwise() += cpu::matrix(bias + begin, 1, end - begin).row(0);
  });
}

/// dx = dy weight.
template <class T>
void linear_backward_input(Cpu, Index batch, Index in, Index out, const T* dy, const T* weight,
                           T* dx) {
  cpu::parallel_ranges(in, 256, [&](Index begin, Index end) {
    cpu::matrix(dx + begin, batch, end - begin, in).noalias() =
        cpu::matrix(dy, batch, out) * cpu::matrix(weight + begin, out, end - begin, in);
  });
}

/// dweight += dy^T x; dbias += the sum of dy over the batch, if not null.
template <class T>
void linear_backward_weight(Cpu, Index batch, Index in, Index out, const T* x, const T* dy,
                            T* dweight, T* dbias) {
  cpu::parallel_ranges(out, 256, [&](Index begin, Index end) {
    cpu::matrix(dweight + begin * in, end - begin, in).noalias() +=
        cpu::matrix(dy + begin, batch, end - begin, out).transpose() * cpu::matrix(x, batch, in);
  });
  if (dbias != nullptr) {
    cpu::matrix(dbias, 1, out) += cpu::matrix(dy, batch, out).colwise().sum();
  }
}

}  // namespace osteon
