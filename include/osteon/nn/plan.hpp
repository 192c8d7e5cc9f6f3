// Where every activation and gradient lies, planned at compile time from their lifetimes.
//
// Time runs through the operations forward, then (when a pass is recorded) backward. A value lives
// from the operation that writes it to the last one that reads it, in either direction; its
// gradient from the first that writes it to the one that hands it on. Elementwise operations write
// over an operand that nobody reads any more. What lives at the same time lies side by side;
// everything else shares memory: largest first, each at the lowest place that is free all its life.
#pragma once

#include <osteon/nn/program.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace osteon::nn {

/// Where a value or gradient lies in the workspace: so many elements times the batch.
/// Below zero: not in the workspace.
using Place = Index;
/// The network's input, or the gradient that is wanted of it.
inline constexpr Place at_network_input = -1;
/// The gradient of the network's output, which the caller gives.
inline constexpr Place at_network_output = -2;
inline constexpr Place nowhere = -3;

/// The places of one operation.
struct Places {
  Place input = nowhere, addend = nowhere, output = nowhere;
  Place input_gradient = nowhere, addend_gradient = nowhere, output_gradient = nowhere;
  /// Others have written to the gradient already: this operation adds.
  bool adds_to_input_gradient = false, adds_to_addend_gradient = false;
};

/// Places begin at multiples of so many elements, so that vectors are aligned.
inline constexpr Index place_alignment = 16;
[[nodiscard]] constexpr Index aligned(Index size) {
  return (size + place_alignment - 1) / place_alignment * place_alignment;
}

/// The memory of a program's passes.
template <std::size_t Operations>
struct Plan {
  std::array<Places, Operations> places{};
  Index per_sample = 0;  // elements
  Index fixed = 0;       // elements, whatever the batch

  [[nodiscard]] constexpr Index at(Index batch) const { return fixed + batch * per_sample; }
};

namespace detail {

/// Whether forward may write an operation's output over its input, and backward the input's
/// gradient over the output's.
constexpr bool in_place(const Operation& o) {
  return o.kind == Kind::copy || o.kind == Kind::relu || o.kind == Kind::dropout ||
         o.kind == Kind::add || (o.kind == Kind::batch_norm2d && !o.max_pool);
}

/// What backward reads beside the gradient.
constexpr bool backward_reads_input(const Operation& o) {
  return o.kind == Kind::conv2d || o.kind == Kind::linear || o.kind == Kind::batch_norm2d ||
         o.kind == Kind::max_pool2d;
}
constexpr bool backward_reads_output(const Operation& o) {
  return o.kind == Kind::relu || o.kind == Kind::max_pool2d || o.max_pool ||
         (o.relu && o.addend != no_value);  // without, batch_norm2d computes it again
}

/// Memory that one or several values (or gradients) use in turn.
struct Block {
  Index size = 0;
  int begin = 0, end = -1;  // the first and last moment of its life
  Index at = 0;
};

template <std::size_t Operations>
class Planner {
 public:
  constexpr Planner(const std::array<Operation, Operations>& operations, int count, bool record)
      : operations_(operations), count_(count), record_(record) {}

  constexpr Plan<Operations> plan(Index kept) {
    find_last_reads();
    for (int i = 0; i < count_; ++i) place_output(i);
    if (record_) {
      for (int i = count_ - 1; i >= 0; --i) place_gradients(i);
    }
    Plan<Operations> plan;
    plan.fixed = aligned(kept);
    plan.per_sample = lay_out();
    for (int i = 0; i < count_; ++i) plan.places[index(i)] = places(i);
    return plan;
  }

 private:
  static constexpr std::size_t values = Operations + 1;
  static constexpr int none = -1, input = -2, output = -3;  // in place of a block's number

  static constexpr std::size_t index(int i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] constexpr const Operation& operation(int i) const { return operations_[index(i)]; }
  [[nodiscard]] constexpr int backward_time(int i) const { return 2 * count_ - 1 - i; }

  constexpr void find_last_reads() {
    for (int i = 0; i < count_; ++i) {
      const Operation& o = operation(i);
      producer_[index(o.output)] = i;
      read(o.input, i);
      last_consumer_[index(o.input)] = i;
      if (o.addend != no_value) {
        read(o.addend, i);
        last_consumer_[index(o.addend)] = i;
      }
      if (!record_) continue;
      if (backward_reads_input(o)) read(o.input, backward_time(i));
      if (backward_reads_output(o)) read(o.output, backward_time(i));
    }
    read(operation(count_ - 1).output, 2 * count_);  // by the caller
  }
  constexpr void read(Value value, int time) {
    last_read_[index(value)] = std::max(last_read_[index(value)], time);
  }

  constexpr int new_block(Index size, int begin, int end) {
    blocks_[index(block_count_)] = {aligned(size), begin, end, 0};
    return block_count_++;
  }

  constexpr void place_output(int i) {
    const Operation& o = operation(i);
    const int end = std::max(i, last_read_[index(o.output)]);
    int& block = value_block_[index(o.output)];
    if (in_place(o) && is_free(o.input, i)) {
      block = value_block_[index(o.input)];
    } else if (is_free(o.addend, i)) {
      block = value_block_[index(o.addend)];
    } else {
      block = new_block(o.output_size(), i, end);
    }
    blocks_[index(block)].end = end;
  }

  /// Whether operation i, the last to read `value`, may write over it.
  [[nodiscard]] constexpr bool is_free(Value value, int i) const {
    return value > 0 && blocks_[index(value_block_[index(value)])].end <= i;
  }

  constexpr void place_gradients(int i) {
    const Operation& o = operation(i);
    const int time = backward_time(i);
    int& of_output = gradient_block_[index(o.output)];
    if (i == count_ - 1) of_output = output;
    place_gradient(o.input, i, in_place(o) && of_output >= 0 ? of_output : none, time);
    if (o.addend != no_value) place_gradient(o.addend, i, none, time);
  }

  /// The gradient of `value`, which operation i writes first if nobody has yet; `over`: a block
  /// that it may take.
  constexpr void place_gradient(Value value, int i, int over, int time) {
    int& block = gradient_block_[index(value)];
    if (value == 0) {
      block = input;
      return;
    }
    if (last_consumer_[index(value)] != i || block != none) return;
    const int producer = producer_[index(value)];
    const int end = backward_time(producer);
    if (over != none) {
      block = over;
      blocks_[index(over)].end = end;
    } else {
      block = new_block(operation(producer).output_size(), time, end);
    }
  }

  /// Gives every block its place; returns the elements in all.
  constexpr Index lay_out() {
    std::array<int, 2 * values> by_size{};
    for (int i = 0; i < block_count_; ++i) by_size[index(i)] = i;
    std::sort(by_size.begin(), by_size.begin() + block_count_, [&](int a, int b) {
      const Index x = blocks_[index(a)].size, y = blocks_[index(b)].size;
      return x != y ? x > y : a < b;
    });
    std::array<int, 2 * values> by_place{};  // those that have one, lowest first
    Index all = 0;
    for (int n = 0; n < block_count_; ++n) {
      Block& block = blocks_[index(by_size[index(n)])];
      for (int k = 0; k < n; ++k) {
        const Block& other = blocks_[index(by_place[index(k)])];
        const bool together = other.begin <= block.end && block.begin <= other.end;
        if (!together || block.at >= other.at + other.size) continue;
        if (block.at + block.size <= other.at) continue;  // fits before it
        block.at = other.at + other.size;
      }
      int k = n;
      for (; k > 0 && blocks_[index(by_place[index(k - 1)])].at > block.at; --k) {
        by_place[index(k)] = by_place[index(k - 1)];
      }
      by_place[index(k)] = by_size[index(n)];
      all = std::max(all, block.at + block.size);
    }
    return all;
  }

  [[nodiscard]] constexpr Place place(int block) const {
    return block == none     ? nowhere
           : block == input  ? at_network_input
           : block == output ? at_network_output
                             : blocks_[index(block)].at;
  }

  [[nodiscard]] constexpr Places places(int i) const {
    const Operation& o = operation(i);
    Places p;
    p.input = o.input == 0 ? at_network_input : place(value_block_[index(o.input)]);
    p.output = place(value_block_[index(o.output)]);
    if (record_) {
      p.input_gradient = place(gradient_block_[index(o.input)]);
      p.output_gradient = place(gradient_block_[index(o.output)]);
      p.adds_to_input_gradient = last_consumer_[index(o.input)] != i;
    }
    if (o.addend == no_value) return p;
    p.addend = o.addend == 0 ? at_network_input : place(value_block_[index(o.addend)]);
    if (record_) {
      p.addend_gradient = place(gradient_block_[index(o.addend)]);
      p.adds_to_addend_gradient = last_consumer_[index(o.addend)] != i || o.addend == o.input;
    }
    return p;
  }

  template <class T, std::size_t Size>
  static constexpr std::array<T, Size> filled(T value) {
    std::array<T, Size> array{};
    for (T& element : array) element = value;
    return array;
  }

  const std::array<Operation, Operations>& operations_;
  int count_;
  bool record_;
  std::array<int, values> last_read_ = filled<int, values>(-1);
  std::array<int, values> producer_ = filled<int, values>(-1);
  std::array<int, values> last_consumer_ = filled<int, values>(-1);
  std::array<int, values> value_block_ = filled<int, values>(none);
  std::array<int, values> gradient_block_ = filled<int, values>(none);
  std::array<Block, 2 * values> blocks_{};
  int block_count_ = 0;
};

}  // namespace detail

/// Plans the memory of the first `count` operations; with `record`, for backward too. `kept`: the
/// fixed-size numbers that the operations keep.
template <std::size_t Operations>
constexpr Plan<Operations> plan_memory(const std::array<Operation, Operations>& operations,
                                       int count, Index kept, bool record) {
  return detail::Planner<Operations>(operations, count, record).plan(kept);
}

}  // namespace osteon::nn
