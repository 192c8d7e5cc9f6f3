// Expression templates. `w -= lr * m / (sqrt(v) + eps)` builds a small tree of values (views,
// constants, operations) and is evaluated in one pass by the device of the tensor that it is
// assigned to. A tree holds views, never references to temporaries: a temporary tensor in an
// expression does not compile.
#pragma once

#include <osteon/core/layout.hpp>
#include <osteon/core/operation.hpp>
#include <osteon/core/shape.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace osteon {

/// Every node of an expression derives from this and has: value_type, shape_type, layout_type,
/// device_type and batch(). For constants and channel vectors shape_type is a placeholder below.
struct ExpressionBase {};

template <class E>
concept Expression = std::derived_from<std::remove_cvref_t<E>, ExpressionBase>;

/// An owning tensor: usable in expressions through a view of it.
struct TensorBase {};

template <class E>
concept OwningTensor = std::derived_from<std::remove_cvref_t<E>, TensorBase>;

template <class E>
concept Operand = Expression<E> || OwningTensor<E>;

template <class E>
concept Arithmetic = std::is_arithmetic_v<std::remove_cvref_t<E>>;

/// The shape of a constant: fits every shape.
struct AnyExtent {};
/// The shape of a vector over C channels, repeated over batch and pixels.
template <Index C>
struct PerChannel {};
/// The layout of what has no layout of its own.
struct AnyLayout {};

namespace error {

// The facts of a mistake, as named types: the compiler prints them beside the message.
template <class Left, class Right>
struct shapes {
  static constexpr bool agree = false;
};
template <class S>
struct shapes<S, S> {
  static constexpr bool agree = true;
};
template <class Left, class Right, class S>
struct layouts {
  static constexpr bool agree = true;
};
template <class Left, class Right, AnyShape S>
struct layouts<Left, Right, S> {
  static constexpr bool agree = same_order<Left, Right, S>;
};
template <Index Given, Index Expected>
struct channels {
  static constexpr bool agree = Given == Expected;
};
template <class Tensor>
struct temporary {
  static constexpr bool can_be_kept = false;
};
template <class View>
struct read_only {
  static constexpr bool may_be_written = false;
};
template <std::size_t Given, std::size_t Expected>
struct indices {
  static constexpr bool agree = Given == Expected;
};

}  // namespace error

namespace detail {

template <class Left, class Right>
struct join_shapes {
  static_assert(error::shapes<Left, Right>::agree,
                "osteon: elementwise operands must have the same shape; the two shapes stand in "
                "error::shapes<left, right>");
  using type = Left;
};
template <class S>
struct join_shapes<S, AnyExtent> {
  using type = S;
};
template <class S>
struct join_shapes<AnyExtent, S> {
  using type = S;
};
template <>
struct join_shapes<AnyExtent, AnyExtent> {
  using type = AnyExtent;
};
template <Index C>
struct join_shapes<PerChannel<C>, AnyExtent> {
  using type = PerChannel<C>;
};
template <Index C>
struct join_shapes<AnyExtent, PerChannel<C>> {
  using type = PerChannel<C>;
};
template <Index C>
struct join_shapes<PerChannel<C>, PerChannel<C>> {
  using type = PerChannel<C>;
};
template <Index... E, Index C>
struct join_shapes<Shape<E...>, PerChannel<C>> {
  static_assert(sizeof...(E) >= 2, "osteon: channel(v) needs a tensor with a channel axis");
  static_assert(error::channels<C, Shape<E...>::extent(1)>::agree,
                "osteon: channel(v) must have one value per channel; see error::channels<given, "
                "expected>");
  using type = Shape<E...>;
};
template <Index C, Index... E>
struct join_shapes<PerChannel<C>, Shape<E...>> : join_shapes<Shape<E...>, PerChannel<C>> {};

template <class Left, class Right, class S>
struct join_layouts {
  static_assert(error::layouts<Left, Right, S>::agree,
                "osteon: elementwise operands must have the same layout; convert one with "
                "to_layout<...>(tensor). They stand in error::layouts<left, right, shape>");
  using type = Left;
};
template <class L, class S>
struct join_layouts<L, AnyLayout, S> {
  using type = L;
};
template <class L, class S>
struct join_layouts<AnyLayout, L, S> {
  using type = L;
};
template <class S>
struct join_layouts<AnyLayout, AnyLayout, S> {
  using type = AnyLayout;
};

template <class L, class R>
struct join {
  using shape = typename join_shapes<typename L::shape_type, typename R::shape_type>::type;
  using layout =
      typename join_layouts<typename L::layout_type, typename R::layout_type, shape>::type;
  using device = std::conditional_t<std::is_void_v<typename L::device_type>,
                                    typename R::device_type, typename L::device_type>;
  static_assert(std::is_void_v<typename R::device_type> ||
                    std::is_same_v<device, typename R::device_type>,
                "osteon: both operands must be on the same device");
};

/// The batch of two operands; 0 stands for "any". Disagreement is found when evaluating.
constexpr Index join_batches(Index left, Index right) {
  if (left == 0) return right;
  return right == 0 || right == left ? left : -1;
}

}  // namespace detail

/// A number, repeated.
template <class T>
struct Constant : ExpressionBase {
  using value_type = T;
  using shape_type = AnyExtent;
  using layout_type = AnyLayout;
  using device_type = void;
  T value;

  explicit constexpr Constant(T v) : value(v) {}
  [[nodiscard]] static constexpr Index batch() { return 0; }
};

/// One value per channel, repeated over batch and pixels. Made by channel().
template <class View>
struct ChannelBroadcast : ExpressionBase {
  using value_type = typename View::value_type;
  using shape_type = PerChannel<View::shape_type::size>;
  using layout_type = AnyLayout;
  using device_type = typename View::device_type;
  View view;

  explicit constexpr ChannelBroadcast(View v) : view(v) {}
  [[nodiscard]] static constexpr Index batch() { return 0; }
};

template <class Op, class E>
struct Unary : ExpressionBase {
  using value_type = typename E::value_type;
  using shape_type = typename E::shape_type;
  using layout_type = typename E::layout_type;
  using device_type = typename E::device_type;
  E operand;

  explicit constexpr Unary(E e) : operand(e) {}
  [[nodiscard]] constexpr Index batch() const { return operand.batch(); }
};

template <class Op, class L, class R>
struct Binary : ExpressionBase {
  using operand_type = std::common_type_t<typename L::value_type, typename R::value_type>;
  using value_type = std::conditional_t<op::is_comparison<Op>, bool, operand_type>;
  using shape_type = typename detail::join<L, R>::shape;
  using layout_type = typename detail::join<L, R>::layout;
  using device_type = typename detail::join<L, R>::device;
  L left;
  R right;

  constexpr Binary(L l, R r) : left(l), right(r) {}
  [[nodiscard]] constexpr Index batch() const {
    return detail::join_batches(left.batch(), right.batch());
  }
};

/// `condition ? left : right`, element by element. Made by where().
template <class C, class L, class R>
struct Select : ExpressionBase {
  using value_type = std::common_type_t<typename L::value_type, typename R::value_type>;
  using branches = Binary<op::Add, L, R>;  // for the joined shape
  using shape_type = typename detail::join<C, branches>::shape;
  using layout_type = typename detail::join<C, branches>::layout;
  using device_type = typename detail::join<C, branches>::device;
  C condition;
  L left;
  R right;

  constexpr Select(C c, L l, R r) : condition(c), left(l), right(r) {}
  [[nodiscard]] constexpr Index batch() const {
    return detail::join_batches(condition.batch(),
                                detail::join_batches(left.batch(), right.batch()));
  }
};

/// Converts every element to T.
template <class T, class E>
struct Cast : ExpressionBase {
  using value_type = T;
  using shape_type = typename E::shape_type;
  using layout_type = typename E::layout_type;
  using device_type = typename E::device_type;
  E operand;

  explicit constexpr Cast(E e) : operand(e) {}
  [[nodiscard]] constexpr Index batch() const { return operand.batch(); }
};

/// What an operand becomes inside an expression: nodes and views are copied, a named tensor becomes
/// a view, a temporary tensor is refused.
template <Operand E>
[[nodiscard]] constexpr auto as_expression(E&& e) {
  if constexpr (Expression<E>) {
    return std::remove_cvref_t<E>(e);
  } else {
    static_assert(
        std::is_lvalue_reference_v<E> || error::temporary<std::remove_cvref_t<E>>::can_be_kept,
        "osteon: an expression cannot keep a temporary tensor, which dies before the "
        "expression is evaluated; give the tensor a name first");
    return std::as_const(e).view();
  }
}

namespace detail {

template <class E>
using expression_t = decltype(as_expression(std::declval<E>()));

/// A number next to an expression takes the expression's type: 2.0 * float_tensor stays float.
template <class Other, class E>
constexpr auto wrap(E&& e) {
  if constexpr (Arithmetic<E>) {
    using T = typename expression_t<Other>::value_type;
    return Constant<T>(static_cast<T>(e));
  } else {
    return as_expression(std::forward<E>(e));
  }
}

template <class Op, class L, class R>
constexpr auto binary(L&& l, R&& r) {
  auto left = wrap<R>(std::forward<L>(l));
  auto right = wrap<L>(std::forward<R>(r));
  return Binary<Op, decltype(left), decltype(right)>(left, right);
}

template <class Op, class E>
constexpr auto unary(E&& e) {
  auto operand = as_expression(std::forward<E>(e));
  return Unary<Op, decltype(operand)>(operand);
}

}  // namespace detail

template <class L, class R>
concept BinaryOperands = (Operand<L> && (Operand<R> || Arithmetic<R>)) ||
                         (Arithmetic<L> && Operand<R>);

// clang-format off
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator+(L&& l, R&& r) { return detail::binary<op::Add>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator-(L&& l, R&& r) { return detail::binary<op::Subtract>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator*(L&& l, R&& r) { return detail::binary<op::Multiply>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator/(L&& l, R&& r) { return detail::binary<op::Divide>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto minimum(L&& l, R&& r) { return detail::binary<op::Minimum>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto maximum(L&& l, R&& r) { return detail::binary<op::Maximum>(std::forward<L>(l), std::forward<R>(r)); }

template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator<(L&& l, R&& r) { return detail::binary<op::Less>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator<=(L&& l, R&& r) { return detail::binary<op::LessEqual>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator>(L&& l, R&& r) { return detail::binary<op::Greater>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator>=(L&& l, R&& r) { return detail::binary<op::GreaterEqual>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator==(L&& l, R&& r) { return detail::binary<op::Equal>(std::forward<L>(l), std::forward<R>(r)); }
template <class L, class R> requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto operator!=(L&& l, R&& r) { return detail::binary<op::NotEqual>(std::forward<L>(l), std::forward<R>(r)); }

template <Operand E> [[nodiscard]] constexpr auto operator-(E&& e) { return detail::unary<op::Negate>(std::forward<E>(e)); }
template <Operand E> [[nodiscard]] constexpr auto abs(E&& e) { return detail::unary<op::Abs>(std::forward<E>(e)); }
template <Operand E> [[nodiscard]] constexpr auto square(E&& e) { return detail::unary<op::Square>(std::forward<E>(e)); }
template <Operand E> [[nodiscard]] constexpr auto sign(E&& e) { return detail::unary<op::Sign>(std::forward<E>(e)); }
template <Operand E> [[nodiscard]] constexpr auto sqrt(E&& e) { return detail::unary<op::Sqrt>(std::forward<E>(e)); }
template <Operand E> [[nodiscard]] constexpr auto exp(E&& e) { return detail::unary<op::Exp>(std::forward<E>(e)); }
template <Operand E> [[nodiscard]] constexpr auto log(E&& e) { return detail::unary<op::Log>(std::forward<E>(e)); }
template <Operand E> [[nodiscard]] constexpr auto tanh(E&& e) { return detail::unary<op::Tanh>(std::forward<E>(e)); }
template <Operand E> [[nodiscard]] constexpr auto sigmoid(E&& e) { return detail::unary<op::Sigmoid>(std::forward<E>(e)); }
template <Operand E> [[nodiscard]] constexpr auto relu(E&& e) { return detail::unary<op::Relu>(std::forward<E>(e)); }
// clang-format on

/// `condition ? left : right`, element by element; `left` or `right` may be a number.
template <Operand C, class L, class R>
requires BinaryOperands<L, R>
[[nodiscard]] constexpr auto where(C&& condition, L&& left, R&& right) {
  auto c = as_expression(std::forward<C>(condition));
  auto l = detail::wrap<R>(std::forward<L>(left));
  auto r = detail::wrap<L>(std::forward<R>(right));
  return Select<decltype(c), decltype(l), decltype(r)>(c, l, r);
}

/// Repeats a vector of C values, one per channel, over batch and pixels: x * channel(scale).
template <Operand V>
[[nodiscard]] constexpr auto channel(V&& vector) {
  auto view = as_expression(std::forward<V>(vector));
  static_assert(decltype(view)::shape_type::rank == 1,
                "osteon: channel(v) takes a vector, one value per channel");
  return ChannelBroadcast<decltype(view)>(view);
}

template <class T, Operand E>
[[nodiscard]] constexpr auto cast(E&& e) {
  auto operand = as_expression(std::forward<E>(e));
  return Cast<T, decltype(operand)>(operand);
}

}  // namespace osteon
