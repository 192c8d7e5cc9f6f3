// Layers one after another.
//
// Binding folds over the parameter pack: each layer is bound to the output of the one before. The
// result is a flat pack of bound layers with indexed leaves, from which offsets into the arenas and
// the slots of intermediate activations follow as constants.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace osteon::nn {

/// Text as a template argument: Named<"conv1", ...>.
template <std::size_t Size>
struct Label {
  char text[Size]{};

  // NOLINTNEXTLINE(google-explicit-constructor): Named<"conv1", ...> is the point
  consteval Label(const char (&source)[Size]) {
    for (std::size_t i = 0; i < Size; ++i) text[i] = source[i];
  }
  [[nodiscard]] constexpr std::string_view view() const { return {text, Size - 1}; }
};

/// A layer with a name in the network's parameter names. The empty name adds no level:
/// Named<"layer1", Sequential<BasicBlock<64>>> gives "layer1.0....".
template <Label Name, class Layer>
struct Named {
  static constexpr std::string_view label = Name.view();
  template <AnyShape In>
  using Bound = bind<Layer, In>;
};

namespace detail {

/// The part of a parameter's name that child `index` adds: its own label, or its index.
template <class Layer>
std::string child_label(std::size_t index) {
  if constexpr (requires { Layer::label; }) {
    return std::string(Layer::label);
  } else {
    return std::to_string(index);
  }
}

/// The part of a parameter's name that a layer adds by itself: its label, or nothing.
template <class Layer>
constexpr std::string_view own_label() {
  if constexpr (requires { Layer::label; }) {
    return Layer::label;
  } else {
    return "";
  }
}

template <std::size_t I, class B>
struct Leaf {
  using type = B;
};

template <class Indices, class... Bounds>
struct Pack;
template <std::size_t... I, class... Bounds>
struct Pack<std::index_sequence<I...>, Bounds...> : Leaf<I, Bounds>... {};

template <std::size_t I, class B>
B leaf_type(const Leaf<I, B>*);  // never defined: overload resolution finds leaf I

template <class T>
struct Type {
  using type = T;
};

/// Bound layers so far, and the shape that the next one is given.
template <AnyShape Next, class... Bounds>
struct Chain {
  template <class Layer>
  friend constexpr auto operator|(Chain, Type<Layer>) {
    using B = bind<Layer, Next>;
    return Chain<typename B::output, Bounds..., B>{};
  }
};

/// A chain of bound layers: sums, offsets and slots.
template <class C>
struct Plan;
template <AnyShape Out, class... Bounds>
struct Plan<Chain<Out, Bounds...>> {
  using output = Out;
  static constexpr std::size_t count = sizeof...(Bounds);
  using Leaves = Pack<std::make_index_sequence<count>, Bounds...>;
  template <std::size_t I>
  using Layer = decltype(leaf_type<I>(static_cast<const Leaves*>(nullptr)));

  static constexpr std::array<Index, count> parameter_counts{Bounds::parameters...};
  static constexpr std::array<Index, count> buffer_counts{Bounds::buffers...};
  static constexpr std::array<Extent, count> saved{Bounds::saved...};
  static constexpr std::array<Index, count> output_sizes{Bounds::output::size...};

  template <class T>
  static constexpr T before(const std::array<T, count>& values, std::size_t end) {
    T total{};
    for (std::size_t i = 0; i < end; ++i) total = total + values[i];
    return total;
  }

  /// Whether layer i writes over its input: nobody else needs that input any more.
  static constexpr std::array<bool, count> in_place = [] {
    constexpr std::array<bool, count> can{Bounds::in_place...};
    constexpr std::array<bool, count> keeps{Bounds::needs_output...};
    std::array<bool, count> result{};
    for (std::size_t i = 1; i < count; ++i) result[i] = can[i] && !keeps[i - 1];
    return result;
  }();

  /// The slot of layer i's output; layers that work in place share one. The last slot is the
  /// caller's y.
  static constexpr std::array<std::size_t, count> slot = [] {
    std::array<std::size_t, count> result{};
    for (std::size_t i = 1; i < count; ++i) result[i] = result[i - 1] + (in_place[i] ? 0 : 1);
    return result;
  }();
  static constexpr std::size_t last_slot = slot[count - 1];

  /// Elements, per sample, of the slots before `end`; of all kept ones by default.
  static constexpr Index slots_before(std::size_t end) {
    Index total = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (slot[i] < end && !in_place[i]) total += output_sizes[i];
    }
    return total;
  }

  /// The largest intermediate activation.
  static constexpr Index largest = [] {
    Index result = 0;
    for (std::size_t i = 0; i + 1 < count; ++i) {
      if (output_sizes[i] > result) result = output_sizes[i];
    }
    return result;
  }();
};

}  // namespace detail

/// The given layers in order; parameters are named by position ("0.weight") unless Named.
template <class... Layers>
struct Sequential {
  static_assert(sizeof...(Layers) > 0, "osteon: Sequential needs at least one layer");

  template <AnyShape In>
  struct Bound {
    using Plan = detail::Plan<decltype((detail::Chain<In>{} | ... | detail::Type<Layers>{}))>;
    template <std::size_t I>
    using Layer = typename Plan::template Layer<I>;
    static constexpr std::size_t last = sizeof...(Layers) - 1;

    using input = In;
    using output = typename Plan::output;
    static constexpr Index parameters = Plan::before(Plan::parameter_counts, last + 1);
    static constexpr Index buffers = Plan::before(Plan::buffer_counts, last + 1);
    static constexpr Index prunable = []<std::size_t... I>(std::index_sequence<I...>) {
      return (Layer<I>::prunable + ...);
    }
    (std::index_sequence_for<Layers...>{});
    static constexpr Index macs = []<std::size_t... I>(std::index_sequence<I...>) {
      return (Layer<I>::macs + ...);
    }
    (std::index_sequence_for<Layers...>{});
    static constexpr bool in_place = false;
    static constexpr bool needs_output = Layer<last>::needs_output;
    /// Every activation between two layers, then what the layers themselves keep.
    static constexpr Extent saved =
        Extent{Plan::slots_before(Plan::last_slot), 0} + Plan::before(Plan::saved, last + 1);
    /// Two activations (or gradients) in turn, and the hungriest layer's own scratch.
    static constexpr Extent scratch =
        Extent{2 * Plan::largest, 0} + []<std::size_t... I>(std::index_sequence<I...>) {
      Extent most{};
      ((most = max(most, Layer<I>::scratch)), ...);
      return most;
    }
    (std::index_sequence_for<Layers...>{});

    static void describe(const std::string& path, Description& table) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (Layer<I>::describe(join_path(path, detail::child_label<Layers>(I)), table), ...);
      }
      (std::index_sequence_for<Layers...>{});
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>& memory) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (step_forward<I>(pass, x, y, memory), ...);
      }
      (std::index_sequence_for<Layers...>{});
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* x, const T* y, const T* dy, T* dx,
                         const Memory<T>& memory) {
      const T* gradient = dy;
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (step_backward<last - I>(pass, x, y, gradient, dx, memory), ...);
      }
      (std::index_sequence_for<Layers...>{});
    }

   private:
    /// Where the output of layer I is: kept for backward, or in one of two buffers in turn.
    template <std::size_t I, class Device, class T>
    static T* activation(const Pass<Device>& pass, const T* y, const Memory<T>& memory) {
      constexpr std::size_t slot = Plan::slot[I];
      if constexpr (slot == Plan::last_slot) {
        return const_cast<T*>(y);
      } else if (pass.record) {
        return memory.saved + pass.batch * Plan::slots_before(slot);
      } else {
        return memory.scratch + static_cast<Index>(slot % 2) * pass.batch * Plan::largest;
      }
    }

    template <std::size_t I, class Device, class T>
    static const T* input_of(const Pass<Device>& pass, const T* x, const T* y,
                             const Memory<T>& memory) {
      if constexpr (I == 0) {
        return x;
      } else {
        return activation<I - 1>(pass, y, memory);
      }
    }

    template <std::size_t I, class T>
    static Memory<T> memory_of(Index batch, const Memory<T>& memory) {
      constexpr Extent kept =
          Extent{Plan::slots_before(Plan::last_slot), 0} + Plan::before(Plan::saved, I);
      return memory.child(Plan::before(Plan::parameter_counts, I),
                          Plan::before(Plan::buffer_counts, I), kept.at(batch),
                          2 * batch * Plan::largest);
    }

    template <std::size_t I, class Device, class T>
    static void step_forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>& memory) {
      Layer<I>::forward(pass.child(I), input_of<I>(pass, x, y, memory),
                        activation<I>(pass, y, memory), memory_of<I>(pass.batch, memory));
    }

    /// `gradient` is that of layer I's output; afterwards that of its input.
    template <std::size_t I, class Device, class T>
    static void step_backward(const Pass<Device>& pass, const T* x, const T* y, const T*& gradient,
                              T* dx, const Memory<T>& memory) {
      T* target = dx;
      if constexpr (I > 0) {
        T* const first = memory.scratch;
        T* const second = memory.scratch + pass.batch * Plan::largest;
        target = gradient == first ? second : first;
      }
      Layer<I>::backward(pass.child(I), input_of<I>(pass, x, y, memory),
                         activation<I>(pass, y, memory), gradient, target,
                         memory_of<I>(pass.batch, memory));
      gradient = target;
    }
  };
};

}  // namespace osteon::nn
