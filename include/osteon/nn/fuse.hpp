// Fusion at compile time: operations that only change a result on its way to memory go into the
// operation that computes it, and memory is passed over once instead of two or three times.
//
// For training: addition, ReLU and max pooling go into batch normalisation, ReLU into addition. For
// inference,
// where batch normalisation is a fixed scale and shift, it goes into the weight of the convolution
// before it, and addition and ReLU into the convolution or linear layer.
#pragma once

#include <osteon/nn/program.hpp>

#include <array>
#include <cstddef>

namespace osteon::nn {

enum class Fusion { training, inference };

namespace detail {

template <std::size_t Capacity>
class Fuser {
 public:
  constexpr Fuser(const Table<Capacity>& table, Fusion fusion) : table_(table), fusion_(fusion) {}

  constexpr Table<Capacity> fuse() {
    for (int i = 0; i < table_.count; ++i) {
      const Operation& o = table_.operations[index(i)];
      ++uses_[index(o.input)];
      if (o.addend != no_value) ++uses_[index(o.addend)];
    }
    fused_.kept = table_.kept;
    for (int i = 0; i < table_.count; ++i) {
      const Operation& o = table_.operations[index(i)];
      if (!absorb(o)) fused_.operations[index(fused_.count++)] = o;
    }
    return fused_;
  }

 private:
  static constexpr std::size_t index(int i) { return static_cast<std::size_t>(i); }

  /// The place among the fused operations of the one that computes `value`; -1 for the input.
  [[nodiscard]] constexpr int producer(Value value) const {
    int i = fused_.count - 1;
    while (i >= 0 && fused_.operations[index(i)].output != value) --i;
    return i;
  }

  /// The operation that computes `value`, if nobody else reads that.
  [[nodiscard]] constexpr Operation* sole_producer(Value value) {
    const int i = producer(value);
    if (i < 0 || uses_[index(value)] != 1) return nullptr;
    return &fused_.operations[index(i)];
  }
  /// The same, if an addition or a ReLU may still follow what is in it.
  [[nodiscard]] constexpr Operation* open(Value value) {
    Operation* const o = sole_producer(value);
    return o == nullptr || o->relu || o->max_pool ? nullptr : o;
  }

  /// Whether an operation writes its result through an epilogue.
  [[nodiscard]] constexpr bool has_epilogue(Kind kind) const {
    if (fusion_ == Fusion::training) return kind == Kind::batch_norm2d;
    return kind == Kind::batch_norm2d || kind == Kind::conv2d || kind == Kind::linear;
  }

  /// Puts `o` into an operation before it, if possible.
  constexpr bool absorb(const Operation& o) {
    switch (o.kind) {
      case Kind::batch_norm2d: {
        Operation* const before = open(o.input);
        if (fusion_ != Fusion::inference || before == nullptr || before->kind != Kind::conv2d ||
            before->norm_parameters_at >= 0 || before->addend != no_value) {
          return false;
        }
        before->norm_parameters_at = o.parameters_at;
        before->norm_buffers_at = o.buffers_at;
        before->epsilon = o.epsilon;
        before->output = o.output;
        return true;
      }
      case Kind::add: {
        // The operand that is computed last, so that the other one is there by then.
        const bool input_last = producer(o.input) > producer(o.addend);
        const Value last = input_last ? o.input : o.addend;
        const Value other = input_last ? o.addend : o.input;
        Operation* const before = open(last);
        if (last == other || before == nullptr || !has_epilogue(before->kind) ||
            before->addend != no_value) {
          return false;
        }
        before->addend = other;
        before->output = o.output;
        return true;
      }
      case Kind::relu: {
        Operation* const before = open(o.input);
        if (before == nullptr || !(has_epilogue(before->kind) || before->kind == Kind::add)) {
          return false;
        }
        before->relu = true;
        before->output = o.output;
        return true;
      }
      case Kind::max_pool2d: {
        Operation* const before = sole_producer(o.input);
        if (before == nullptr || before->kind != Kind::batch_norm2d || before->addend != no_value ||
            before->max_pool) {
          return false;
        }
        before->max_pool = true;
        before->geometry = o.geometry;
        before->output = o.output;
        return true;
      }
      default:
        return false;
    }
  }

  const Table<Capacity>& table_;
  Fusion fusion_;
  Table<Capacity> fused_{};
  std::array<int, Capacity + 1> uses_{};
};

}  // namespace detail

template <std::size_t Capacity>
constexpr Table<Capacity> fuse(const Table<Capacity>& table, Fusion fusion) {
  return detail::Fuser<Capacity>(table, fusion).fuse();
}

}  // namespace osteon::nn
