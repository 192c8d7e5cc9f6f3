// Elementwise layers without parameters: ReLU and Dropout.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

namespace osteon::nn {

/// max(x, 0). At 0 the gradient is 0, as in PyTorch.
struct ReLU {
  template <AnyShape In>
  struct Bound : BoundLayer<In> {
    static void describe(const std::string& path, Description& table) {
      table.add(path, "ReLU", In::extents);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      return trace.add({.kind = Kind::relu, .input = x, .geometry = image_geometry<In, In>()});
    }
  };
};

/// In training sets each element to zero with probability Percent / 100 and scales the others by
/// 1 / (1 - p); in evaluation does nothing. Which elements is a function of the run's seed and
/// step, so nothing is saved for backward.
///
/// Srivastava et al., "Dropout", JMLR 2014.
template <int Percent = 50>
struct Dropout {
  static_assert(Percent >= 0 && Percent < 100, "osteon: Dropout<percent> takes 0 to 99");

  template <AnyShape In>
  struct Bound : BoundLayer<In> {
    static void describe(const std::string& path, Description& table) {
      table.add(path, concat("Dropout(", Percent, " %)"), In::extents);
    }

    static constexpr Value trace(Trace& trace, Value x) {
      return trace.add({.kind = Kind::dropout,
                        .input = x,
                        .geometry = image_geometry<In, In>(),
                        .percent = Percent});
    }
  };
};

}  // namespace osteon::nn
