// The fully connected layer, as torch.nn.Linear.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

#include <span>
#include <string>

namespace osteon::nn {
namespace detail {

inline void describe_linear(const std::string& path, Description& table, Index in, Index out,
                            bool bias, Index macs) {
  LayerInfo& layer =
      table.add(path, concat("Linear(", in, ", ", out, ')'), std::span(&out, 1), macs);
  table.add_parameter(layer, "weight", {out, in}, Role::weight);
  if (bias) table.add_parameter(layer, "bias", {out}, Role::bias);
}

}  // namespace detail

/// (In) -> (Out): y = x weight^T + bias.
template <Index Out, bool Bias = true>
struct Linear {
  static_assert(Out > 0, "osteon: Linear<out features, bias> takes a positive extent");

  template <AnyShape In>
  struct Bound : BoundLayer<In, Shape<Out>> {
    static constexpr Index features = decltype(detail::flat_input<Linear, In>())::size;
    static constexpr Index prunable = Out * features;
    static constexpr Index parameters = prunable + (Bias ? Out : 0);
    static constexpr Index macs = prunable;

    static void describe(const std::string& path, Description& table) {
      detail::describe_linear(path, table, features, Out, Bias, macs);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      return trace.add({.kind = Kind::linear,
                        .input = x,
                        .geometry = image_geometry<Shape<features>, Shape<Out>>(),
                        .bias = Bias},
                       parameters);
    }
  };
};

}  // namespace osteon::nn
