// Elementwise operations of layers on the CPU, over `size` consecutive elements.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/simd.hpp>

namespace osteon {
namespace cpu {

/// body<V>(i) for all elements, on all threads.
template <class T, class Body>
void for_each_element(Index size, const Body& body) {
  parallel_ranges(size, Index{1} << 15, [&](Index begin, Index end) {
    for_each_lane<T>(end - begin,
                     [&]<class V>(Index i) { body.template operator()<V>(begin + i); });
  });
}

}  // namespace cpu

/// to = from.
template <class T>
void copy(Cpu, Index size, const T* from, T* to) {
  cpu::for_each_element<T>(size,
                           [&]<class V>(Index i) { cpu::write(to + i, cpu::read<V>(from + i)); });
}

/// to += from.
template <class T>
void accumulate(Cpu, Index size, const T* from, T* to) {
  cpu::for_each_element<T>(size, [&]<class V>(Index i) {
    cpu::write(to + i, cpu::read<V>(to + i) + cpu::read<V>(from + i));
  });
}

/// y = a + b, or its ReLU; y may be a or b.
template <class T>
void add_forward(Cpu, Index size, const T* a, const T* b, bool relu, T* y) {
  cpu::for_each_element<T>(size, [&]<class V>(Index i) {
    const V sum = cpu::read<V>(a + i) + cpu::read<V>(b + i);
    cpu::write(y + i, relu ? cpu::relu(sum) : sum);
  });
}

/// y = x where positive, else 0; y may be x.
template <class T>
void relu_forward(Cpu, Index size, const T* x, T* y) {
  cpu::for_each_element<T>(
      size, [&]<class V>(Index i) { cpu::write(y + i, cpu::relu(cpu::read<V>(x + i))); });
}

/// dx = dy where the output y is positive, else 0; dx += with `add`. dx may be dy.
template <class T>
void relu_backward(Cpu, Index size, const T* y, const T* dy, T* dx, bool add = false) {
  cpu::for_each_element<T>(size, [&]<class V>(Index i) {
    const V passed = cpu::relu_backward(cpu::read<V>(y + i), cpu::read<V>(dy + i));
    cpu::write(dx + i, add ? cpu::read<V>(dx + i) + passed : passed);
  });
}

}  // namespace osteon
