// Expressions on the CPU: a tree becomes an Eigen array expression over a run of consecutive
// elements, and Eigen vectorises it.
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

// The Eigen expression of a node over a run. Eigen keeps maps and operations by value, so the
// result may outlive the call.
template <class T, class S, class L>
auto to_eigen(const TensorView<T, S, L, Cpu>& view, const Run& run) {
  return ArrayMap<std::remove_const_t<T>>(view.data() + run.begin, run.size);
}
template <class T>
auto to_eigen(const Constant<T>& node, const Run& run) {
  return Eigen::Array<T, Eigen::Dynamic, 1>::Constant(run.size, node.value);
}
template <class V>
auto to_eigen(const ChannelBroadcast<V>& node, const PixelRun& run) {
  return ArrayMap<typename V::value_type>(node.view.data(), run.size);
}
template <class V>
auto to_eigen(const ChannelBroadcast<V>& node, const PlaneRun& run) {
  using T = typename V::value_type;
  return Eigen::Array<T, Eigen::Dynamic, 1>::Constant(run.size, node.view.data()[run.channel]);
}
template <class Op, class E, class R>
auto to_eigen(const Unary<Op, E>& node, const R& run);
template <class Op, class A, class B, class R>
auto to_eigen(const Binary<Op, A, B>& node, const R& run);
template <class C, class A, class B, class R>
auto to_eigen(const Select<C, A, B>& node, const R& run);
template <class T, class E, class R>
auto to_eigen(const Cast<T, E>& node, const R& run);

/// As T; nothing to do where it is T already.
template <class T, class A>
auto as(const A& a) {
  if constexpr (std::is_same_v<typename A::Scalar, T>) {
    return a;
  } else {
    return a.template cast<T>();
  }
}

template <class Op, class E, class R>
auto to_eigen(const Unary<Op, E>& node, const R& run) {
  return apply(Op{}, to_eigen(node.operand, run));
}
template <class Op, class A, class B, class R>
auto to_eigen(const Binary<Op, A, B>& node, const R& run) {
  using T = typename Binary<Op, A, B>::operand_type;
  return apply(Op{}, as<T>(to_eigen(node.left, run)), as<T>(to_eigen(node.right, run)));
}
template <class C, class A, class B, class R>
auto to_eigen(const Select<C, A, B>& node, const R& run) {
  using T = typename Select<C, A, B>::value_type;
  return as<bool>(to_eigen(node.condition, run))
      .select(as<T>(to_eigen(node.left, run)), as<T>(to_eigen(node.right, run)));
}
template <class T, class E, class R>
auto to_eigen(const Cast<T, E>& node, const R& run) {
  return as<T>(to_eigen(node.operand, run));
}

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

/// Elements of a chunk: large enough to hide the cost of handing it out, small enough for the
/// cache.
inline constexpr Index chunk_size = 1 << 15;

/// Whether channels vary fastest in memory: one pixel is then one run.
template <AnyShape S, class L>
inline constexpr bool channels_fastest = S::rank == 2 || std::is_same_v<L, ChannelsLast>;

/// Calls body(run, chunk) for runs that cover a tensor of shape S and layout L; runs of one chunk
/// come in order and on one thread. ByChannel makes every run a PixelRun or a PlaneRun.
template <bool ByChannel, AnyShape S, class L, class Body>
void for_each_run(Index batch, const Body& body) {
  const Index total = batch * S::size;
  if constexpr (!ByChannel) {
    parallel_ranges(total, chunk_size, [&](Index begin, Index end) {
      body(Run{begin, end - begin}, begin / chunk_size);
    });
  } else {
    constexpr Index channels = S::extent(1);
    constexpr bool pixels = channels_fastest<S, L>;
    constexpr Index run_size = pixels ? channels : S::size / channels;
    constexpr Index runs_per_chunk = std::max<Index>(1, chunk_size / run_size);
    parallel_ranges(total / run_size, runs_per_chunk, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        if constexpr (pixels) {
          body(PixelRun{{i * run_size, run_size}}, begin / runs_per_chunk);
        } else {
          body(PlaneRun{{i * run_size, run_size}, i % channels}, begin / runs_per_chunk);
        }
      }
    });
  }
}

/// Chunks that for_each_run makes.
template <bool ByChannel, AnyShape S, class L>
Index chunk_count(Index batch) {
  const Index total = batch * S::size;
  if constexpr (!ByChannel) {
    return (total + chunk_size - 1) / chunk_size;
  } else {
    constexpr Index channels = S::extent(1);
    constexpr Index run_size = channels_fastest<S, L> ? channels : S::size / channels;
    constexpr Index runs_per_chunk = std::max<Index>(1, chunk_size / run_size);
    return (total / run_size + runs_per_chunk - 1) / runs_per_chunk;
  }
}

}  // namespace cpu

/// target = source, in one parallel, vectorised pass. The target may be one of the operands.
template <class T, AnyShape S, class L, class Node>
void evaluate(Cpu, const TensorView<T, S, L, Cpu>& target, const Node& source) {
  cpu::for_each_run<cpu::has_channels<Node>, S, L>(
      target.batch(), [&](const auto& run, Index /*chunk*/) {
        cpu::MutableArrayMap<T>(target.data() + run.begin, run.size) =
            cpu::as<T>(cpu::to_eigen(source, run));
      });
}

/// The sum of all elements; chunks are added in double, in order.
template <class Node>
[[nodiscard]] double reduce_sum(Cpu, const Node& node) {
  using S = typename Node::shape_type;
  using L = typename Node::layout_type;
  constexpr bool by_channel = cpu::has_channels<Node>;
  std::vector<double> partial(
      static_cast<std::size_t>(cpu::chunk_count<by_channel, S, L>(node.batch())));
  cpu::for_each_run<by_channel, S, L>(node.batch(), [&](const auto& run, Index chunk) {
    partial[static_cast<std::size_t>(chunk)] += static_cast<double>(cpu::to_eigen(node, run).sum());
  });
  double total = 0;
  for (const double part : partial) total += part;
  return total;
}

/// The largest element; -infinity (or the lowest value) of nothing.
template <class Node>
[[nodiscard]] auto reduce_max(Cpu, const Node& node) {
  using T = typename Node::value_type;
  using S = typename Node::shape_type;
  using L = typename Node::layout_type;
  constexpr bool by_channel = cpu::has_channels<Node>;
  std::vector<T> partial(static_cast<std::size_t>(cpu::chunk_count<by_channel, S, L>(node.batch())),
                         std::numeric_limits<T>::lowest());
  cpu::for_each_run<by_channel, S, L>(node.batch(), [&](const auto& run, Index chunk) {
    T& part = partial[static_cast<std::size_t>(chunk)];
    part = std::max(part, cpu::to_eigen(node, run).maxCoeff());
  });
  T result = std::numeric_limits<T>::lowest();
  for (const T part : partial) result = std::max(result, part);
  return result;
}

/// result[c] = the sum over batch and pixels of channel c; chunks are added in double, in order.
template <class Node, class T, AnyShape V, class L>
void reduce_channels(Cpu, const Node& node, const TensorView<T, V, L, Cpu>& result) {
  using S = typename Node::shape_type;
  using NodeLayout = typename Node::layout_type;
  constexpr Index channels = V::size;
  const Index chunks = cpu::chunk_count<true, S, NodeLayout>(node.batch());
  std::vector<T> partial(static_cast<std::size_t>(chunks * channels));
  cpu::for_each_run<true, S, NodeLayout>(node.batch(), [&](const auto& run, Index chunk) {
    T* sums = partial.data() + chunk * channels;
    if constexpr (cpu::channels_fastest<S, NodeLayout>) {
      cpu::MutableArrayMap<T>(sums, channels) += cpu::to_eigen(node, run);
    } else {
      sums[run.channel] += cpu::to_eigen(node, run).sum();
    }
  });
  for (Index c = 0; c < channels; ++c) {
    double total = 0;
    for (Index chunk = 0; chunk < chunks; ++chunk) {
      total += static_cast<double>(partial[static_cast<std::size_t>(chunk * channels + c)]);
    }
    result.data()[c] = static_cast<T>(total);
  }
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
