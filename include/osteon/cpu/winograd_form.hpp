// Winograd's minimal filtering for 3x3 convolutions: the transforms.
//
// Lavin, Gray, "Fast algorithms for convolutional neural networks", CVPR 2016.
//
// A tile of m x m outputs reads (m + 2) x (m + 2) inputs. Written Y = A'[(G g G') * (B' d B)]A, its
// 9 m^2 products per pair of channels become (m + 2)^2. A form gives its one-dimensional
// transforms, on vectors that lie `from` (input) and `to` (output) apart.
#pragma once

#include <osteon/core/shape.hpp>

#include <type_traits>

namespace osteon::cpu::winograd {

template <class V>
using Scalar = std::remove_cvref_t<decltype(V{}[0])>;

/// F(4x4, 3x3): 36 products for 144.
struct F4 {
  static constexpr Index tile = 4, patch = 6, coordinates = 36;

  /// B' d.
  template <class V>
  [[gnu::always_inline]] static void input(const V* d, int from, V* t, int to) {
    const V d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from],
            d5 = d[5 * from];
    const V a = d4 - 4 * d2, b = d3 - 4 * d1, c = d4 - d2, e = 2 * (d3 - d1);
    t[0] = 4 * d0 - 5 * d2 + d4;
    t[to] = a + b;
    t[2 * to] = a - b;
    t[3 * to] = c + e;
    t[4 * to] = c - e;
    t[5 * to] = 4 * d1 - 5 * d3 + d5;
  }
  /// A' m.
  template <class V>
  [[gnu::always_inline]] static void output(const V* m, int from, V* y, int to) {
    const V a = m[from] + m[2 * from], b = m[from] - m[2 * from];
    const V c = m[3 * from] + m[4 * from], d = m[3 * from] - m[4 * from];
    y[0] = m[0] + a + c;
    y[to] = b + 2 * d;
    y[2 * to] = a + 4 * c;
    y[3 * to] = b + 8 * d + m[5 * from];
  }
  /// A y: the output's transform turned round.
  template <class V>
  [[gnu::always_inline]] static void output_backward(const V* y, int from, V* m, int to) {
    const V even = y[0] + y[2 * from], odd = y[from] + y[3 * from];
    const V even2 = y[0] + 4 * y[2 * from], odd2 = 2 * y[from] + 8 * y[3 * from];
    m[0] = y[0];
    m[to] = even + odd;
    m[2 * to] = even - odd;
    m[3 * to] = even2 + odd2;
    m[4 * to] = even2 - odd2;
    m[5 * to] = y[3 * from];
  }
  /// G g.
  template <class V>
  [[gnu::always_inline]] static void weight(const V* g, int from, V* u, int to) {
    using T = Scalar<V>;
    const V g0 = g[0], g1 = g[from], g2 = g[2 * from];
    const V a = (g0 + g2) * T(-1.0 / 6), b = g1 * T(-1.0 / 6);
    const V c = g0 * T(1.0 / 24) + g2 * T(1.0 / 6), d = g1 * T(1.0 / 12);
    u[0] = g0 * T(0.25);
    u[to] = a + b;
    u[2 * to] = a - b;
    u[3 * to] = c + d;
    u[4 * to] = c - d;
    u[5 * to] = g2;
  }
  /// G' u: the weight's transform turned round.
  template <class V>
  [[gnu::always_inline]] static void weight_backward(const V* u, int from, V* g, int to) {
    using T = Scalar<V>;
    const V a = u[from] + u[2 * from], b = u[from] - u[2 * from];
    const V c = u[3 * from] + u[4 * from], d = u[3 * from] - u[4 * from];
    g[0] = u[0] * T(0.25) - a * T(1.0 / 6) + c * T(1.0 / 24);
    g[to] = d * T(1.0 / 12) - b * T(1.0 / 6);
    g[2 * to] = (c - a) * T(1.0 / 6) + u[5 * from];
  }
};

/// F(2x2, 3x3): 16 products for 36; weights less than half as large as F4's, for few tiles.
struct F2 {
  static constexpr Index tile = 2, patch = 4, coordinates = 16;

  template <class V>
  [[gnu::always_inline]] static void input(const V* d, int from, V* t, int to) {
    const V d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from];
    t[0] = d0 - d2;
    t[to] = d1 + d2;
    t[2 * to] = d2 - d1;
    t[3 * to] = d1 - d3;
  }
  template <class V>
  [[gnu::always_inline]] static void output(const V* m, int from, V* y, int to) {
    const V m1 = m[from], m2 = m[2 * from];
    y[0] = m[0] + m1 + m2;
    y[to] = m1 - m2 - m[3 * from];
  }
  template <class V>
  [[gnu::always_inline]] static void output_backward(const V* y, int from, V* m, int to) {
    const V y0 = y[0], y1 = y[from];
    m[0] = y0;
    m[to] = y0 + y1;
    m[2 * to] = y0 - y1;
    m[3 * to] = -y1;
  }
  template <class V>
  [[gnu::always_inline]] static void weight(const V* g, int from, V* u, int to) {
    using T = Scalar<V>;
    const V even = (g[0] + g[2 * from]) * T(0.5), odd = g[from] * T(0.5);
    u[0] = g[0];
    u[to] = even + odd;
    u[2 * to] = even - odd;
    u[3 * to] = g[2 * from];
  }
  template <class V>
  [[gnu::always_inline]] static void weight_backward(const V* u, int from, V* g, int to) {
    using T = Scalar<V>;
    const V even = (u[from] + u[2 * from]) * T(0.5), odd = (u[from] - u[2 * from]) * T(0.5);
    g[0] = u[0] + even;
    g[to] = odd;
    g[2 * to] = even + u[3 * from];
  }
};

}  // namespace osteon::cpu::winograd
