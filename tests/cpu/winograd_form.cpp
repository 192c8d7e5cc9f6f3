#include <osteon/cpu/simd.hpp>
#include <osteon/cpu/winograd_form.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace osteon;
using namespace osteon::cpu::winograd;

namespace {

using V = cpu::Vector<double>;

/// `count` vectors whose lanes all hold the same number.
std::vector<V> draw(Index count, std::uint64_t stream) {
  std::vector<V> values(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) {
    values[static_cast<std::size_t>(i)] = V{} + test::uniform(3, stream, i);
  }
  return values;
}

double dot(const std::vector<V>& a, const std::vector<V>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i][0] * b[i][0];
  return sum;
}

template <class F>
void check_form() {
  const auto d = draw(F::patch, 0), g = draw(3, 1), y = draw(F::tile, 2), m = draw(F::patch, 3);
  std::vector<V> input(F::patch), weight(F::patch), output(F::tile), back(F::patch), turned(3);
  F::input(d.data(), 1, input.data(), 1);
  F::weight(g.data(), 1, weight.data(), 1);

  // A'[(G g) (B' d)] is what the filter gives as it slides over d.
  std::vector<V> product(F::patch);
  for (std::size_t i = 0; i < product.size(); ++i) product[i] = input[i] * weight[i];
  F::output(product.data(), 1, output.data(), 1);
  for (std::size_t i = 0; i < output.size(); ++i) {
    double expected = 0;
    for (std::size_t k = 0; k < 3; ++k) expected += g[k][0] * d[i + k][0];
    const double given = output[i][0];
    CHECK(given == doctest::Approx(expected).epsilon(1e-12));
  }

  // Turned round: the dot product with any vector is the same on either side.
  F::output(m.data(), 1, output.data(), 1);
  F::output_backward(y.data(), 1, back.data(), 1);
  CHECK(dot(output, y) == doctest::Approx(dot(m, back)).epsilon(1e-12));
  F::weight_backward(m.data(), 1, turned.data(), 1);
  CHECK(dot(weight, m) == doctest::Approx(dot(g, turned)).epsilon(1e-12));
}

}  // namespace

TEST_CASE("Winograd's forms are the convolution, and their transforms turned round") {
  SUBCASE("F(4, 3)") { check_form<F4>(); }
  SUBCASE("F(2, 3)") { check_form<F2>(); }
}
