// A network as a table of operations.
//
// Bound to an input shape, a network writes itself down once, at compile time: operations in
// order, each with its geometry, the places of its parameters, and the values (activations) it
// reads and writes. One interpreter per scalar and device runs every network's table, so a new
// network or image size costs a table, not code; and the table is what memory planning and fusion
// work on.
#pragma once

#include <osteon/core/geometry.hpp>
#include <osteon/core/shape.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace osteon::nn {

enum class Kind : std::uint8_t {
  copy,
  conv2d,
  linear,
  batch_norm2d,
  relu,
  dropout,
  add,
  max_pool2d,
  avg_pool2d,
  global_avg_pool2d,
  flatten,
};

/// An activation, by its number; 0 is the network's input.
using Value = int;
inline constexpr Value no_value = -1;

/// One step of a network. `output` is written once; operations stand in the order they run in.
struct Operation {
  Kind kind{};
  Value input = no_value;
  /// add's second operand; fused: what another operation adds to its result.
  Value addend = no_value;
  Value output = no_value;
  /// Per sample: batch is 1. Elementwise operations have their extents as the input's.
  Conv2dGeometry geometry{};
  /// Whether conv2d or linear has a bias.
  bool bias = false;
  /// Fused: a ReLU on the result.
  bool relu = false;
  /// Fused: max pooling behind batch_norm2d; the geometry is the pooling's.
  bool max_pool = false;
  /// Dropout's share of zeros, percent.
  int percent = 0;
  /// Batch normalisation's.
  double epsilon = 0;
  double momentum = 0;
  Index parameters_at = 0;
  Index buffers_at = 0;
  /// The fixed-size numbers that it keeps from forward to backward (batch statistics).
  Index kept_at = 0;
  Index kept = 0;
  /// Fused, for inference: the places of the batch normalisation that goes into the weight.
  Index norm_parameters_at = -1;
  Index norm_buffers_at = -1;

  /// Elements of one sample.
  [[nodiscard]] constexpr Index input_size() const {
    return geometry.in_channels * geometry.in_height * geometry.in_width;
  }
  [[nodiscard]] constexpr Index output_size() const {
    return geometry.out_channels * geometry.out_height * geometry.out_width;
  }
  [[nodiscard]] constexpr Index input_pixels() const {
    return geometry.in_height * geometry.in_width;
  }
};

/// The geometry of what maps an image In to an image Out with a sliding window.
template <AnyShape In, AnyShape Out>
constexpr Conv2dGeometry image_geometry(Index kernel = 1, Index stride = 1, Index padding = 0) {
  const auto extent = [](auto shape, std::size_t i) -> Index {
    return i < decltype(shape)::rank ? decltype(shape)::extents[i] : 1;
  };
  return {1,
          extent(In{}, 0),
          extent(In{}, 1),
          extent(In{}, 2),
          extent(Out{}, 0),
          extent(Out{}, 1),
          extent(Out{}, 2),
          kernel,
          stride,
          padding};
}

/// Writes operations into a table; parameters and buffers get the next free places, in the order
/// in which Description lists them.
class Trace {
 public:
  constexpr explicit Trace(std::span<Operation> table) : table_(table) {}

  /// Adds an operation with so many parameters, buffers and kept numbers; gives its output.
  constexpr Value add(Operation operation, Index parameters = 0, Index buffers = 0) {
    operation.parameters_at = parameters_;
    operation.buffers_at = buffers_;
    operation.kept_at = kept_;
    operation.output = static_cast<Value>(count_) + 1;
    parameters_ += parameters;
    buffers_ += buffers;
    kept_ += operation.kept;
    table_[count_++] = operation;
    return operation.output;
  }

  [[nodiscard]] constexpr std::size_t count() const { return count_; }
  [[nodiscard]] constexpr Index kept() const { return kept_; }

 private:
  std::span<Operation> table_;
  std::size_t count_ = 0;
  Index parameters_ = 0;
  Index buffers_ = 0;
  Index kept_ = 0;
};

/// A whole network written down: the first `count` of the operations, and the fixed-size numbers
/// that they keep.
template <std::size_t Capacity>
struct Table {
  std::array<Operation, Capacity> operations{};
  int count = 0;
  Index kept = 0;
};

/// The table of a bound network.
template <class Bound>
constexpr auto table_of() {
  Table<Bound::operations + 1> table;
  Trace trace(table.operations);
  if (Bound::trace(trace, 0) == 0) {  // a network of no operations
    using Input = typename Bound::input;
    trace.add({.kind = Kind::copy, .input = 0, .geometry = image_geometry<Input, Input>()});
  }
  table.count = static_cast<int>(trace.count());
  table.kept = trace.kept();
  return table;
}

/// A network's operations, in the order they run in.
struct Program {
  const Operation* operations = nullptr;
  int count = 0;
};

}  // namespace osteon::nn
