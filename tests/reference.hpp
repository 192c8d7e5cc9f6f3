// Shared by the tests that compare with PyTorch: the numbers that both languages draw (the other
// half is reference.py), and comparisons in plain words.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/core/tensor.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace osteon::test {

/// centre + scale * (a multiple of 2^-15 in [-1, 1)): element i of a stream.
[[nodiscard]] inline double uniform(std::uint64_t seed, std::uint64_t stream, Index i,
                                    double scale = 1, double centre = 0) {
  const auto words = Philox{seed, stream}(static_cast<std::uint64_t>(i / 4));
  const std::uint32_t word = words[static_cast<std::size_t>(i % 4)];
  return centre + scale * (static_cast<double>(word >> 16) / 32768 - 1);
}

/// The first `size` elements of a stream.
[[nodiscard]] inline std::vector<float> uniform_values(Index size, std::uint64_t seed,
                                                       std::uint64_t stream) {
  std::vector<float> values(static_cast<std::size_t>(size));
  for (Index i = 0; i < size; ++i)
    values[static_cast<std::size_t>(i)] = static_cast<float>(uniform(seed, stream, i));
  return values;
}

/// Where the i-th element in row-major logical order lies in memory.
template <AnyShape S, class L>
[[nodiscard]] Index storage_index(Index i) {
  std::array<Index, S::rank> index{};
  for (std::size_t axis = S::rank; axis-- > 0;) {
    const Index extent = S::extent(axis) == dynamic ? i + 1 : S::extent(axis);
    index[axis] = i % extent;
    i /= extent;
  }
  return L::offset(S::extents, index);
}

/// Fills a view in row-major logical order, whatever its layout.
template <class T, AnyShape S, class L>
void fill_uniform(const TensorView<T, S, L>& view, std::uint64_t seed, std::uint64_t stream,
                  double scale = 1, double centre = 0) {
  for (Index i = 0; i < view.size(); ++i) {
    view.data()[storage_index<S, L>(i)] = static_cast<T>(uniform(seed, stream, i, scale, centre));
  }
}

/// The elements of a view in row-major logical order, as double.
template <class T, AnyShape S, class L>
[[nodiscard]] std::vector<double> logical_values(const TensorView<T, S, L>& view) {
  std::vector<double> values(static_cast<std::size_t>(view.size()));
  for (Index i = 0; i < view.size(); ++i) {
    values[static_cast<std::size_t>(i)] = static_cast<double>(view.data()[storage_index<S, L>(i)]);
  }
  return values;
}

/// The largest difference, relative to the largest expected value. NaN counts as infinite.
template <class A, class B>
[[nodiscard]] double relative_error(const A& given, const B& expected) {
  if (std::size(given) != std::size(expected)) return INFINITY;
  double scale = 1e-30, largest = 0;
  for (const auto value : expected) scale = std::max(scale, std::abs(static_cast<double>(value)));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const double error = std::abs(static_cast<double>(given[i]) - static_cast<double>(expected[i]));
    largest = error <= largest ? largest : std::isnan(error) ? INFINITY : error;
  }
  return largest / scale;
}

}  // namespace osteon::test
