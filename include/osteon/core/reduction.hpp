// Reductions of expressions: one pass, no temporary. Sums are formed in chunks of a fixed size that
// are added in double and in order, so a result does not depend on the number of threads.
#pragma once

#include <osteon/core/expression.hpp>
#include <osteon/core/tensor.hpp>

#include <type_traits>
#include <utility>

namespace osteon {
namespace detail {

/// What elements of type T are added in, and what their mean is: integers and comparisons count.
template <class T>
using sum_type = std::conditional_t<std::is_floating_point_v<T>, T, Index>;
template <class T>
using mean_type = std::conditional_t<std::is_floating_point_v<T>, T, double>;

}  // namespace detail

/// The sum of all elements; sum(x > 0) counts.
template <Operand E>
[[nodiscard]] auto sum(E&& e) {
  const auto node = as_expression(std::forward<E>(e));
  using Node = std::remove_const_t<decltype(node)>;
  return static_cast<detail::sum_type<typename Node::value_type>>(
      reduce_sum(typename Node::device_type{}, node));
}

/// The mean of all elements; mean(x > 0) is a fraction.
template <Operand E>
[[nodiscard]] auto mean(E&& e) {
  const auto node = as_expression(std::forward<E>(e));
  using Node = std::remove_const_t<decltype(node)>;
  const auto count = static_cast<double>(node.batch() * Node::shape_type::size);
  return static_cast<detail::mean_type<typename Node::value_type>>(
      reduce_sum(typename Node::device_type{}, node) / count);
}

/// The largest element.
template <Operand E>
[[nodiscard]] auto max(E&& e) {
  const auto node = as_expression(std::forward<E>(e));
  return reduce_max(typename std::remove_const_t<decltype(node)>::device_type{}, node);
}

/// The smallest element.
template <Operand E>
[[nodiscard]] auto min(E&& e) {
  const auto node = as_expression(std::forward<E>(e));
  static_assert(std::is_signed_v<typename decltype(node)::value_type>,
                "osteon: min() takes signed numbers; cast<int>(...) the elements first");
  return -max(-node);
}

/// The sum of products.
template <Operand A, Operand B>
[[nodiscard]] auto dot(A&& a, B&& b) {
  return sum(std::forward<A>(a) * std::forward<B>(b));
}

/// Sums over batch and pixels: a vector with one value per channel.
template <Operand E>
[[nodiscard]] auto sum_per_channel(E&& e) {
  const auto node = as_expression(std::forward<E>(e));
  using Node = std::remove_const_t<decltype(node)>;
  using S = typename Node::shape_type;
  static_assert(S::rank >= 2, "osteon: sum_per_channel needs a tensor with a channel axis");
  Tensor<detail::sum_type<typename Node::value_type>, Shape<S::extent(1)>, Contiguous,
         typename Node::device_type>
      result;
  reduce_channels(typename Node::device_type{}, node, result.view());
  return result;
}

/// True when every element is finite.
template <Operand E>
[[nodiscard]] bool all_finite(E&& e) {
  // A non-finite element makes x - x NaN, and a NaN survives the sum.
  const auto node = as_expression(std::forward<E>(e));
  const auto total = sum(node - node);
  return total == total;
}

}  // namespace osteon
