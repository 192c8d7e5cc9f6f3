// Evaluates expressions and reductions on the GPU: a tree of functors over element numbers, and one
// pass over memory that calls it.
//
// As on the CPU, nodes lose their shapes first, so that equal expressions over different shapes are
// one kernel.
#pragma once

#include <osteon/core/reduction.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/cuda/memory.hpp>
#include <osteon/cuda/reduce.hpp>
#include <osteon/cuda/sum_rows.hpp>
#include <osteon/cuda/transpose.hpp>

#include <limits>
#include <type_traits>

namespace osteon {
namespace gpu {

// A functor gives the value of element i, which belongs to a channel.
template <class T>
struct Elements {
  using value_type = T;
  const T* data;
  OSTEON_HOST_DEVICE T operator()(Index i, Index /*channel*/) const { return data[i]; }
};
template <class T>
struct Channels {
  using value_type = T;
  const T* data;
  OSTEON_HOST_DEVICE T operator()(Index /*i*/, Index channel) const { return data[channel]; }
};
template <class T>
struct Repeated {
  using value_type = T;
  T value;
  OSTEON_HOST_DEVICE T operator()(Index /*i*/, Index /*channel*/) const { return value; }
};
template <class Op, class A>
struct Map {
  using value_type = typename A::value_type;
  A a;
  OSTEON_HOST_DEVICE value_type operator()(Index i, Index channel) const {
    return Op{}(a(i, channel));
  }
};
template <class Op, class A, class B>
struct Zip {
  using operand_type = std::common_type_t<typename A::value_type, typename B::value_type>;
  using value_type = std::conditional_t<op::is_comparison<Op>, bool, operand_type>;
  A a;
  B b;
  OSTEON_HOST_DEVICE value_type operator()(Index i, Index channel) const {
    return Op{}(static_cast<operand_type>(a(i, channel)), static_cast<operand_type>(b(i, channel)));
  }
};
template <class C, class A, class B>
struct Choose {
  using value_type = std::common_type_t<typename A::value_type, typename B::value_type>;
  C condition;
  A a;
  B b;
  OSTEON_HOST_DEVICE value_type operator()(Index i, Index channel) const {
    return condition(i, channel) ? static_cast<value_type>(a(i, channel))
                                 : static_cast<value_type>(b(i, channel));
  }
};
template <class T, class A>
struct Convert {
  using value_type = T;
  A a;
  OSTEON_HOST_DEVICE T operator()(Index i, Index channel) const {
    return static_cast<T>(a(i, channel));
  }
};

// A node without its shapes.
template <class T, class S, class L>
Elements<std::remove_const_t<T>> erase(const TensorView<T, S, L, Cuda>& view) {
  return {view.data()};
}
template <class T>
Repeated<T> erase(const Constant<T>& node) {
  return {node.value};
}
template <class V>
Channels<typename V::value_type> erase(const ChannelBroadcast<V>& node) {
  return {node.view.data()};
}
template <class Op, class E>
auto erase(const Unary<Op, E>& node);
template <class Op, class A, class B>
auto erase(const Binary<Op, A, B>& node);
template <class C, class A, class B>
auto erase(const Select<C, A, B>& node);
template <class T, class E>
auto erase(const Cast<T, E>& node);

template <class Op, class E>
auto erase(const Unary<Op, E>& node) {
  const auto a = erase(node.operand);
  return Map<Op, std::remove_const_t<decltype(a)>>{a};
}
template <class Op, class A, class B>
auto erase(const Binary<Op, A, B>& node) {
  const auto a = erase(node.left);
  const auto b = erase(node.right);
  return Zip<Op, std::remove_const_t<decltype(a)>, std::remove_const_t<decltype(b)>>{a, b};
}
template <class C, class A, class B>
auto erase(const Select<C, A, B>& node) {
  const auto condition = erase(node.condition);
  const auto a = erase(node.left);
  const auto b = erase(node.right);
  return Choose<std::remove_const_t<decltype(condition)>, std::remove_const_t<decltype(a)>,
                std::remove_const_t<decltype(b)>>{condition, a, b};
}
template <class T, class E>
auto erase(const Cast<T, E>& node) {
  const auto a = erase(node.operand);
  return Convert<T, std::remove_const_t<decltype(a)>>{a};
}

/// Where the elements of a channel lie: in memory, `inner` elements of one channel follow each
/// other, then those of the next.
struct ChannelOrder {
  Index channels, inner;

  /// In tensors of shape S and layout L.
  template <AnyShape S, class L>
  static constexpr ChannelOrder of() {
    if constexpr (S::rank < 2) {
      return {1, 1};
    } else {
      constexpr Index samples = S::is_batched ? 1 : S::extent(0);
      constexpr bool last = S::rank == 4 && std::is_same_v<L, ChannelsLast>;
      return {S::extent(1), last ? 1 : S::size / (samples * S::extent(1))};
    }
  }

  [[nodiscard]] OSTEON_HOST_DEVICE Index channel(Index i) const {
    return channels == 1 ? 0 : i / inner % channels;  // division takes a GPU longer than memory
  }
  /// The row-th element of a channel.
  [[nodiscard]] OSTEON_HOST_DEVICE Index element(Index row, Index channel) const {
    return (row / inner * channels + channel) * inner + row % inner;
  }
};

/// Element i of an expression, as T.
template <class T, class Node>
struct ValueOf {
  Node node;
  ChannelOrder order;
  OSTEON_HOST_DEVICE T operator()(Index i) const {
    return static_cast<T>(node(i, order.channel(i)));
  }
};

template <class T, AnyShape S, class L, class Node>
auto value_of(const Node& source) {
  const auto node = erase(source);
  return ValueOf<T, std::remove_const_t<decltype(node)>>{node, ChannelOrder::of<S, L>()};
}

}  // namespace gpu

/// target = source, in one pass. The target may be one of the operands.
template <class T, AnyShape S, class L, class Node>
void evaluate(Cuda, const TensorView<T, S, L, Cuda>& target, const Node& source) {
  gpu::transform(target.size(), target.data(), gpu::value_of<T, S, L>(source));
}

/// The sum of all elements, in double.
template <class Node>
[[nodiscard]] double reduce_sum(Cuda, const Node& node) {
  using S = typename Node::shape_type;
  return gpu::reduce(node.batch() * S::size, 0.0,
                     gpu::value_of<double, S, typename Node::layout_type>(node), op::Add{});
}

/// The largest element; the lowest value of the type if there are none.
template <class Node>
[[nodiscard]] auto reduce_max(Cuda, const Node& node) {
  using S = typename Node::shape_type;
  using T = typename Node::value_type;
  return gpu::reduce(node.batch() * S::size, std::numeric_limits<T>::lowest(),
                     gpu::value_of<T, S, typename Node::layout_type>(node), op::Maximum{});
}

/// result[c] = the sum over batch and pixels of channel c; chunks are added in double, in order.
template <class Node, class T, AnyShape V, class L>
void reduce_channels(Cuda, const Node& node, const TensorView<T, V, L, Cuda>& result) {
  using S = typename Node::shape_type;
  const auto source = gpu::erase(node);
  constexpr auto order = gpu::ChannelOrder::of<S, typename Node::layout_type>();
  T* const sums = result.data();
  gpu::sum_rows<T>(
      node.batch() * S::size / order.channels, order.channels,
      [=] OSTEON_KERNEL(Index row, Index c) {
        return static_cast<T>(source(order.element(row, c), c));
      },
      [=] OSTEON_KERNEL(Index c, double sum) { sums[c] = static_cast<T>(sum); });
}

/// Copies the elements into the other layout's order.
template <class T, class U, AnyShape S, class From, class To>
void change_layout(Cuda, const TensorView<T, S, From, Cuda>& from,
                   const TensorView<U, S, To, Cuda>& to) {
  if constexpr (same_order<From, To, S>) {
    to = from;
  } else {
    constexpr Index channels = S::extent(1), pixels = S::extent(2) * S::extent(3);
    constexpr bool to_planes = std::is_same_v<From, ChannelsLast>;
    transpose_pixels(Cuda{}, from.size() / (channels * pixels), to_planes ? pixels : channels,
                     to_planes ? channels : pixels, from.data(), to.data());
  }
}

}  // namespace osteon
