#include <osteon/core/tensor.hpp>
#include <osteon/cpu/evaluate.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <type_traits>
#include <utility>

using namespace osteon;

template <class T>
concept Viewable = requires(T&& tensor) {
  std::forward<T>(tensor).view();
};

TEST_CASE("Tensor: starts at zero, takes values in row-major order whatever the layout") {
  const Tensor<float, Shape<2, 3>> zero;
  CHECK(zero(1, 2) == 0);
  CHECK(zero.size() == 6);

  using Image = Shape<dynamic, 2, 1, 3>;
  const Tensor<int, Image, Contiguous> a(2, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Tensor<int, Image, ChannelsLast> b(2, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(a.batch() == 2);
  for (Index n = 0; n < 2; ++n) {
    for (Index c = 0; c < 2; ++c) {
      for (Index w = 0; w < 3; ++w) {
        CHECK(a(n, c, 0, w) == 6 * n + 3 * c + w);
        CHECK(b(n, c, 0, w) == 6 * n + 3 * c + w);
      }
    }
  }
  CHECK(a.data()[1] == 1);
  CHECK(b.data()[1] == 3);  // the second channel of the first pixel
}

TEST_CASE("Tensor: the number of values must fit") {
  CHECK_THROWS_WITH_AS((Tensor<int, Shape<2, 2>>{1, 2, 3}),
                       "a tensor of shape 2x2 with batch 1 takes 4 values, not 3", Error);
  CHECK_THROWS_AS((Tensor<int, Shape<dynamic, 2>>(-1)), Error);
  CHECK((Tensor<int, Shape<dynamic, 2>>(0)).size() == 0);
}

TEST_CASE("Tensor: copies are deep; a view writes through") {
  Tensor<float, Shape<2>> a{1, 2};
  auto b = a;
  b(0) = 7;
  CHECK(a(0) == 1);
  auto view = a.view();
  view = b.view();
  CHECK(a(0) == 7);
  view = 3;
  CHECK(a(1) == 3);
  view(1) = 4;
  CHECK(a(1) == 4);
  const auto& constant = a;
  static_assert(std::is_same_v<decltype(constant.view())::element_type, const float>);
  static_assert(std::is_convertible_v<decltype(a.view()), decltype(constant.view())>);
  static_assert(!std::is_convertible_v<decltype(constant.view()), decltype(a.view())>);
}

TEST_CASE("Tensor: no view of a temporary") {
  using T = Tensor<float, Shape<2>>;
  static_assert(!std::is_void_v<decltype(std::declval<T&>().view())>);
  static_assert(!Viewable<T>);
  static_assert(Viewable<T&> && Viewable<const T&>);
  static_assert(!std::is_convertible_v<T&&, T::ConstView>);
  static_assert(std::is_convertible_v<T&, T::ConstView>);
}

TEST_CASE("Tensor: made from an expression, batch included") {
  const Tensor<float, Shape<dynamic, 2>> a(3, {1, 2, 3, 4, 5, 6});
  const Tensor<float, Shape<dynamic, 2>> b = a * 2;
  CHECK(b.batch() == 3);
  CHECK(b(2, 1) == 12);
  const Tensor<float, Shape<2>> v{1, 2};
  const Tensor<float, Shape<4, 2>> rows = channel(v) * 3;  // no operand knows the number of rows
  CHECK(rows(3, 1) == 6);
}

TEST_CASE("Tensor: arithmetic assignment") {
  Tensor<double, Shape<3>> a{1, 2, 3};
  const Tensor<double, Shape<3>> b{2, 2, 2};
  a += b;
  a *= 3;
  a -= b;
  a /= b;
  CHECK(a(0) == 3.5);
  CHECK(a(2) == 6.5);
  a = a + a * a;
  CHECK(a(0) == 3.5 + 3.5 * 3.5);
}

TEST_CASE("Tensor: operands of different batches are an error") {
  Tensor<float, Shape<dynamic, 2>> two(2), three(3);
  CHECK_THROWS_AS(two.view() = three.view(), Error);
  CHECK_THROWS_AS(two += three, Error);
  CHECK_THROWS_AS((two = two.view() * three.view()), Error);
  CHECK_THROWS_AS((Tensor<float, Shape<dynamic, 2>>(two + three)), Error);
  CHECK_THROWS_WITH_AS(two.view() = three.view(),
                       "elementwise operands must have the same batch: the target has 2 samples, "
                       "an operand has another number",
                       Error);
}

TEST_CASE("Tensor: to another layout and back") {
  Tensor<float, Shape<dynamic, 3, 2, 4>> a(2);
  test::fill_uniform(a.view(), 1, 0);
  const auto b = to_layout<ChannelsLast>(a);
  static_assert(std::is_same_v<decltype(b)::layout_type, ChannelsLast>);
  CHECK(b(1, 2, 1, 3) == a(1, 2, 1, 3));
  CHECK(b.data()[1] == a(0, 1, 0, 0));
  const auto c = to_layout<Contiguous>(b);
  CHECK(std::equal(a.data(), a.data() + a.size(), c.data()));

  Tensor<float, Shape<2, 3, 2, 2>, ChannelsLast> filters;  // no run-time batch
  test::fill_uniform(filters.view(), 2, 0);
  const auto d = to_layout<Contiguous>(filters);
  CHECK(d(1, 2, 0, 1) == filters(1, 2, 0, 1));
  const auto e = to_layout<ChannelsLast>(Tensor<float, Shape<3, 4>>{});
  CHECK(e.size() == 12);
}
