#include <osteon/core/host_mirror.hpp>
#include <osteon/cuda/matrix_product.hpp>
#include <osteon/cuda/memory.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <vector>

namespace osteon {
namespace {

std::vector<double> numbers(Index size, std::uint64_t stream) {
  std::vector<double> values;
  for (Index i = 0; i < size; ++i) values.push_back(test::uniform(33, stream, i));
  return values;
}
Buffer<double, Cuda> on_device(const std::vector<double>& values) {
  Buffer<double, Cuda> buffer(values.size());
  copy_from_host(Cuda{}, static_cast<Index>(values.size()), values.data(), buffer.data());
  return buffer;
}

/// Both ways against sums on the host; the matrices as they are or transposed.
void check_product(Index m, Index n, Index k, bool a_transposed, bool b_transposed, bool add) {
  const auto a = numbers(m * k, 1), b = numbers(k * n, 2), before = numbers(m * n, 3);
  std::vector<double> expected;
  for (Index row = 0; row < m; ++row) {
    for (Index column = 0; column < n; ++column) {
      double sum = add ? before[static_cast<std::size_t>(row * n + column)] : 0;
      for (Index j = 0; j < k; ++j) {
        sum += a[static_cast<std::size_t>(a_transposed ? j * m + row : row * k + j)] *
               b[static_cast<std::size_t>(b_transposed ? column * k + j : j * n + column)];
      }
      expected.push_back(sum);
    }
  }
  const auto left = on_device(a), right = on_device(b);
  auto c = on_device(before), by_thrust = on_device(before);
  const gpu::Matrix<double> first{left.data(), a_transposed}, second{right.data(), b_transposed};
  gpu::multiply(m, n, k, first, second, add, c.data());
  gpu::multiply_by_thrust(m, n, k, first, second, add, by_thrust.data());
  CHECK(test::relative_error(HostMirror(Cuda{}, c.data(), m * n).span(), expected) < 1e-14);
  CHECK(test::relative_error(HostMirror(Cuda{}, by_thrust.data(), m * n).span(), expected) < 1e-14);
}

}  // namespace

TEST_CASE("cuda: matrix products, transposed or not, added or not") {
  for (int i = 0; i < 8; ++i) {
    check_product(5, 7, 11, (i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
    check_product(1, 3, 40, (i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
  }
}

}  // namespace osteon
