// Expressions on the CPU: a tree becomes an Eigen array expression over a run of consecutive
// elements, and Eigen vectorises it.
//
// The types of an expression hold its shapes. They are checked by then, and erased here first, so
// that the vectorised code exists once per formula and not once per formula and shape.
//
// Without channel(), runs are fixed chunks of the flat memory. With channel(), a run is what shares
// one channel pattern: a pixel (channels_last: the run is the whole channel vector) or a plane
// (contiguous: the run has one channel, a constant).
#pragma once

#include <osteon/core/reduction.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/cpu/eigen.hpp>
#include <osteon/cpu/parallel.hpp>

#include <algorithm>
#include <limits>
#include <type_traits>
#include <vector>

namespace osteon {
namespace cpu {

/// A leaf without its shape.
template <class T>
struct Elements {
  using value_type = std::remove_const_t<T>;
  T* data;
};
/// A channel vector without its length.
template <class T>
struct Channels {
  using value_type = T;
  const T* data;
};
template <class Op, class A>
struct Map {
  using value_type = typename A::value_type;
  A a;
};
template <class Op, class A, class B>
struct Zip {
  using operand_type = std::common_type_t<typename A::value_type, typename B::value_type>;
  using value_type = std::conditional_t<op::is_comparison<Op>, bool, operand_type>;
  A a;
  B b;
};
template <class C, class A, class B>
struct Choose {
  using value_type = std::common_type_t<typename A::value_type, typename B::value_type>;
  C condition;
  A a;
  B b;
};
template <class T, class A>
struct Convert {
  using value_type = T;
  A a;
};

// A node without its shapes.
template <class T, class S, class L>
Elements<const T> erase(const TensorView<T, S, L, Cpu>& view) {
  return {view.data()};
}
template <class T>
Constant<T> erase(const Constant<T>& node) {
  return node;
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
  auto a = erase(node.operand);
  return Map<Op, decltype(a)>{a};
}
template <class Op, class A, class B>
auto erase(const Binary<Op, A, B>& node) {
  auto a = erase(node.left);
  auto b = erase(node.right);
  return Zip<Op, decltype(a), decltype(b)>{a, b};
}
template <class C, class A, class B>
auto erase(const Select<C, A, B>& node) {
  auto condition = erase(node.condition);
  auto a = erase(node.left);
  auto b = erase(node.right);
  return Choose<decltype(condition), decltype(a), decltype(b)>{condition, a, b};
}
template <class T, class E>
auto erase(const Cast<T, E>& node) {
  auto a = erase(node.operand);
  return Convert<T, decltype(a)>{a};
}

/// Consecutive elements of memory.
struct Run {
  Index begin;
  Index size;
};
/// All channels of one pixel (channels_last).
struct PixelRun : Run {};
/// All pixels of one channel of one sample (contiguous).
struct PlaneRun : Run {
  Index channel;
};

template <class T>
using ArrayMap = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using MutableArrayMap = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;

// clang-format off
template <class A, class B> auto apply(op::Add, const A& a, const B& b) { return a + b; }
template <class A, class B> auto apply(op::Subtract, const A& a, const B& b) { return a - b; }
template <class A, class B> auto apply(op::Multiply, const A& a, const B& b) { return a * b; }
template <class A, class B> auto apply(op::Divide, const A& a, const B& b) { return a / b; }
template <class A, class B> auto apply(op::Minimum, const A& a, const B& b) { return a.min(b); }
template <class A, class B> auto apply(op::Maximum, const A& a, const B& b) { return a.max(b); }
template <class A, class B> auto apply(op::Less, const A& a, const B& b) { return a < b; }
template <class A, class B> auto apply(op::LessEqual, const A& a, const B& b) { return a <= b; }
template <class A, class B> auto apply(op::Greater, const A& a, const B& b) { return a > b; }
template <class A, class B> auto apply(op::GreaterEqual, const A& a, const B& b) { return a >= b; }
template <class A, class B> auto apply(op::Equal, const A& a, const B& b) { return a == b; }
template <class A, class B> auto apply(op::NotEqual, const A& a, const B& b) { return a != b; }
template <class A> auto apply(op::Negate, const A& a) { return -a; }
template <class A> auto apply(op::Abs, const A& a) { return a.abs(); }
template <class A> auto apply(op::Square, const A& a) { return a.square(); }
template <class A> auto apply(op::Sign, const A& a) { return a.sign(); }
template <class A> auto apply(op::Sqrt, const A& a) { return a.sqrt(); }
template <class A> auto apply(op::Exp, const A& a) { return a.exp(); }
template <class A> auto apply(op::Log, const A& a) { return a.log(); }
template <class A> auto apply(op::Tanh, const A& a) { return a.tanh(); }
template <class A> auto apply(op::Sigmoid, const A& a) { return a.logistic(); }
template <class A> auto apply(op::Relu, const A& a) { return a.max(typename A::Scalar(0)); }
// clang-format on

// The Eigen expression of an erased node over a run. Eigen keeps maps and operations by value, so
// the result may outlive the call.
template <class T>
auto to_eigen(const Elements<T>& node, const Run& run) {
  return ArrayMap<std::remove_const_t<T>>(node.data + run.begin, run.size);
}
template <class T>
auto to_eigen(const Constant<T>& node, const Run& run) {
  return Eigen::Array<T, Eigen::Dynamic, 1>::Constant(run.size, node.value);
}
template <class T>
auto to_eigen(const Channels<T>& node, const PixelRun& run) {
  return ArrayMap<T>(node.data, run.size);
}
template <class T>
auto to_eigen(const Channels<T>& node, const PlaneRun& run) {
  return Eigen::Array<T, Eigen::Dynamic, 1>::Constant(run.size, node.data[run.channel]);
}
template <class Op, class A, class R>
auto to_eigen(const Map<Op, A>& node, const R& run);
template <class Op, class A, class B, class R>
auto to_eigen(const Zip<Op, A, B>& node, const R& run);
template <class C, class A, class B, class R>
auto to_eigen(const Choose<C, A, B>& node, const R& run);
template <class T, class A, class R>
auto to_eigen(const Convert<T, A>& node, const R& run);

/// As T; nothing to do where it is T already.
template <class T, class A>
auto as(const A& a) {
  if constexpr (std::is_same_v<typename A::Scalar, T>) {
    return a;
  } else {
    return a.template cast<T>();
  }
}

template <class Op, class A, class R>
auto to_eigen(const Map<Op, A>& node, const R& run) {
  return apply(Op{}, to_eigen(node.a, run));
}
template <class Op, class A, class B, class R>
auto to_eigen(const Zip<Op, A, B>& node, const R& run) {
  using T = typename Zip<Op, A, B>::operand_type;
  return apply(Op{}, as<T>(to_eigen(node.a, run)), as<T>(to_eigen(node.b, run)));
}
template <class C, class A, class B, class R>
auto to_eigen(const Choose<C, A, B>& node, const R& run) {
  using T = typename Choose<C, A, B>::value_type;
  return as<bool>(to_eigen(node.condition, run))
      .select(as<T>(to_eigen(node.a, run)), as<T>(to_eigen(node.b, run)));
}
template <class T, class A, class R>
auto to_eigen(const Convert<T, A>& node, const R& run) {
  return as<T>(to_eigen(node.a, run));
}

/// How the memory of a tensor falls into runs.
enum class Runs { flat, pixels, planes };

/// Whether a node holds a channel vector, so that a run must not cross channel patterns.
template <class Node>
inline constexpr bool has_channels = false;
template <class V>
inline constexpr bool has_channels<ChannelBroadcast<V>> = true;
template <class Op, class E>
inline constexpr bool has_channels<Unary<Op, E>> = has_channels<E>;
template <class Op, class A, class B>
inline constexpr bool has_channels<Binary<Op, A, B>> = has_channels<A> || has_channels<B>;
template <class C, class A, class B>
inline constexpr bool has_channels<Select<C, A, B>> =
    has_channels<C> || has_channels<A> || has_channels<B>;
template <class T, class E>
inline constexpr bool has_channels<Cast<T, E>> = has_channels<E>;

/// Runs of one pixel or one plane, as the layout has it.
template <AnyShape S, class L>
inline constexpr Runs channel_runs = S::rank == 2 ||
                                             (S::rank == 4 && std::is_same_v<L, ChannelsLast>)
                                         ? Runs::pixels
                                         : Runs::planes;
template <class Node, AnyShape S, class L>
inline constexpr Runs runs_of = has_channels<Node> ? channel_runs<S, L> : Runs::flat;

/// Elements of a chunk: large enough to hide the cost of handing it out, small enough for the
/// cache.
inline constexpr Index chunk_size = 1 << 15;
/// Elements that are added in their own type, before double takes over.
inline constexpr Index sum_size = 1 << 10;

/// A tensor's memory as chunks of runs.
template <Runs Kind>
struct Partition {
  Index total;
  Index run_size;
  Index channels;

  /// Of `batch` samples of shape S; flat memory in runs of at most `flat_run`.
  template <AnyShape S>
  static Partition of(Index batch, Index flat_run = chunk_size) {
    if constexpr (Kind == Runs::flat) {
      return {batch * S::size, flat_run, 1};
    } else {
      constexpr Index channels = S::extent(1);
      constexpr Index samples = S::is_batched ? 1 : S::extent(0);
      constexpr Index plane = S::size / (samples * channels);
      return {batch * S::size, Kind == Runs::pixels ? channels : plane, channels};
    }
  }

  [[nodiscard]] Index runs_per_chunk() const { return std::max<Index>(1, chunk_size / run_size); }
  [[nodiscard]] Index runs() const { return (total + run_size - 1) / run_size; }
  [[nodiscard]] Index chunks() const { return (runs() + runs_per_chunk() - 1) / runs_per_chunk(); }

  /// body(run, chunk) for all runs; those of one chunk come in order and on one thread.
  template <class Body>
  void for_each(const Body& body) const {
    parallel_ranges(runs(), runs_per_chunk(), [&](Index begin, Index end) {
      const Index chunk = begin / runs_per_chunk();
      for (Index i = begin; i < end; ++i) {
        const Run run{i * run_size, std::min(run_size, total - i * run_size)};
        if constexpr (Kind == Runs::flat) {
          body(run, chunk);
        } else if constexpr (Kind == Runs::pixels) {
          body(PixelRun{run}, chunk);
        } else {
          body(PlaneRun{run, i % channels}, chunk);
        }
      }
    });
  }
};

template <class T, Runs Kind, class Node>
void assign(T* target, const Partition<Kind>& partition, const Node& source) {
  partition.for_each([&](const auto& run, Index /*chunk*/) {
    MutableArrayMap<T>(target + run.begin, run.size) = as<T>(to_eigen(source, run));
  });
}

template <Runs Kind, class Node>
double sum(const Partition<Kind>& partition, const Node& node) {
  using T = osteon::detail::sum_type<typename Node::value_type>;
  std::vector<double> partial(static_cast<std::size_t>(partition.chunks()));
  partition.for_each([&](const auto& run, Index chunk) {
    partial[static_cast<std::size_t>(chunk)] +=
        static_cast<double>(as<T>(to_eigen(node, run)).sum());
  });
  double total = 0;
  for (const double part : partial) total += part;
  return total;
}

template <Runs Kind, class Node>
auto largest(const Partition<Kind>& partition, const Node& node) {
  using T = typename Node::value_type;
  std::vector<T> partial(static_cast<std::size_t>(partition.chunks()),
                         std::numeric_limits<T>::lowest());
  partition.for_each([&](const auto& run, Index chunk) {
    T& part = partial[static_cast<std::size_t>(chunk)];
    part = std::max(part, to_eigen(node, run).maxCoeff());
  });
  T result = std::numeric_limits<T>::lowest();
  for (const T part : partial) result = std::max(result, part);
  return result;
}

template <class T, Runs Kind, class Node>
void sum_channels(const Partition<Kind>& partition, const Node& node, T* result) {
  const Index channels = partition.channels;
  std::vector<double> partial(static_cast<std::size_t>(partition.chunks() * channels));
  partition.for_each([&](const auto& run, Index chunk) {
    double* sums = partial.data() + chunk * channels;
    if constexpr (Kind == Runs::pixels) {
      MutableArrayMap<double>(sums, channels) += as<double>(to_eigen(node, run));
    } else {
      using Sum = osteon::detail::sum_type<typename Node::value_type>;
      sums[run.channel] += static_cast<double>(as<Sum>(to_eigen(node, run)).sum());
    }
  });
  for (Index c = 0; c < channels; ++c) {
    double total = 0;
    for (Index chunk = 0; chunk < partition.chunks(); ++chunk) {
      total += partial[static_cast<std::size_t>(chunk * channels + c)];
    }
    result[c] = static_cast<T>(total);
  }
}

}  // namespace cpu

/// target = source, in one parallel, vectorised pass. The target may be one of the operands.
template <class T, AnyShape S, class L, class Node>
void evaluate(Cpu, const TensorView<T, S, L, Cpu>& target, const Node& source) {
  using Partition = cpu::Partition<cpu::runs_of<Node, S, L>>;
  cpu::assign(target.data(), Partition::template of<S>(target.batch()), cpu::erase(source));
}

/// The sum of all elements; runs and chunks are added in double, in order.
template <class Node>
[[nodiscard]] double reduce_sum(Cpu, const Node& node) {
  using S = typename Node::shape_type;
  using Partition = cpu::Partition<cpu::runs_of<Node, S, typename Node::layout_type>>;
  return cpu::sum(Partition::template of<S>(node.batch(), cpu::sum_size), cpu::erase(node));
}

/// The largest element; the lowest value of the type if there are none.
template <class Node>
[[nodiscard]] auto reduce_max(Cpu, const Node& node) {
  using S = typename Node::shape_type;
  using Partition = cpu::Partition<cpu::runs_of<Node, S, typename Node::layout_type>>;
  return cpu::largest(Partition::template of<S>(node.batch()), cpu::erase(node));
}

/// result[c] = the sum over batch and pixels of channel c; chunks are added in double, in order.
template <class Node, class T, AnyShape V, class L>
void reduce_channels(Cpu, const Node& node, const TensorView<T, V, L, Cpu>& result) {
  using S = typename Node::shape_type;
  using Partition = cpu::Partition<cpu::channel_runs<S, typename Node::layout_type>>;
  cpu::sum_channels(Partition::template of<S>(node.batch()), cpu::erase(node), result.data());
}

/// Copies the elements into the other layout's order.
template <class T, class U, AnyShape S, class From, class To>
void change_layout(Cpu, const TensorView<T, S, From, Cpu>& from,
                   const TensorView<U, S, To, Cpu>& to) {
  if constexpr (same_order<From, To, S>) {
    to = from;
  } else {
    cpu::parallel_for(S::is_batched ? from.batch() : S::extent(0), [&](Index n) {
      for (Index c = 0; c < S::extent(1); ++c) {
        for (Index h = 0; h < S::extent(2); ++h) {
          for (Index w = 0; w < S::extent(3); ++w) to(n, c, h, w) = from(n, c, h, w);
        }
      }
    });
  }
}

}  // namespace osteon
