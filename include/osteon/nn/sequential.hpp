// Layers one after another.
//
// Binding folds over the parameter pack: each layer is bound to the output of the one before. The
// result is a flat pack of bound layers with indexed leaves, from which offsets into the arenas and
// the slots of intermediate activations follow as constants.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
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

/// Which activation goes where.
template <std::size_t Count>
struct Slots {
  std::array<std::size_t, Count> of{};  // the slot of layer i's output
  std::array<Index, Count> begin{};     // where slot i begins, elements per sample
  std::size_t last = 0;
  Index kept = 0;     // elements per sample of all slots but the last
  Index largest = 0;  // of one activation, or gradient of one, between two layers

  constexpr Slots(const std::array<Index, Count>& sizes, const std::array<bool, Count>& in_place,
                  const std::array<bool, Count>& needs_output) {
    for (std::size_t i = 1; i < Count; ++i) {
      largest = std::max(largest, sizes[i - 1]);
      of[i] = of[i - 1] + (in_place[i] && !needs_output[i - 1] ? 0 : 1);
      if (of[i] == of[i - 1]) continue;
      kept += sizes[i - 1];
      begin[of[i]] = kept;
    }
    last = of[Count - 1];
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

  /// Where each layer's part begins, and behind the last one the total.
  template <class T>
  static constexpr std::array<T, count + 1> running_sums(const std::array<T, count>& sizes) {
    std::array<T, count + 1> sums{};
    for (std::size_t i = 0; i < count; ++i) sums[i + 1] = sums[i] + sizes[i];
    return sums;
  }
  static constexpr auto parameters_at = running_sums<Index>({Bounds::parameters...});
  static constexpr auto buffers_at = running_sums<Index>({Bounds::buffers...});
  static constexpr auto saved_at = running_sums<Extent>({Bounds::saved...});

  static constexpr Index prunable = (Bounds::prunable + ...);
  static constexpr Index macs = (Bounds::macs + ...);
  /// Enough for the hungriest layer.
  static constexpr Extent scratch = [] {
    Extent most{};
    ((most = max(most, Bounds::scratch)), ...);
    return most;
  }();

  /// The activations between the layers: the slot of each layer's output. A layer that works in
  /// place, because nobody else needs its input any more, shares its input's slot. The last slot is
  /// the caller's y.
  static constexpr Slots<count> slots{
      {Bounds::output::size...}, {Bounds::in_place...}, {Bounds::needs_output...}};
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
    static constexpr Index parameters = Plan::parameters_at.back();
    static constexpr Index buffers = Plan::buffers_at.back();
    static constexpr Index prunable = Plan::prunable;
    static constexpr Index macs = Plan::macs;
    static constexpr bool in_place = false;
    static constexpr bool needs_output = Layer<last>::needs_output;
    /// Every activation between two layers, then what the layers themselves keep.
    static constexpr Extent saved = Extent{Plan::slots.kept, 0} + Plan::saved_at.back();
    /// Two activations (or gradients) in turn, and the hungriest layer's own scratch.
    static constexpr Extent scratch = Extent{2 * Plan::slots.largest, 0} + Plan::scratch;

    static void describe(const std::string& path, Description& table) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (Layer<I>::describe(join_path(path, detail::child_label<Layers>(I)), table), ...);
      }
      (std::index_sequence_for<Layers...>{});
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>& memory) {
      const auto at = activations(pass, x, y, memory);
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (Layer<I>::forward(pass.child(I), at[I], const_cast<T*>(at[I + 1]),
                           part(I, pass.batch, memory)),
         ...);
      }
      (std::index_sequence_for<Layers...>{});
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* x, const T* y, const T* dy, T* dx,
                         const Memory<T>& memory) {
      const auto at = activations(pass, x, y, memory);
      // Gradients take two buffers in turn; a layer's own is never written to.
      T* const first = memory.scratch;
      T* const second = first + pass.batch * Plan::slots.largest;
      const T* gradient = dy;
      const auto step = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        T* const target = I == 0 ? dx : gradient == first ? second : first;
        Layer<I>::backward(pass.child(I), at[I], at[I + 1], gradient, target,
                           part(I, pass.batch, memory));
        gradient = target;
      };
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (step(std::integral_constant<std::size_t, last - I>{}), ...);
      }
      (std::index_sequence_for<Layers...>{});
    }

   private:
    /// x, and the output of each layer: kept for backward, or in one of two buffers in turn.
    template <class Device, class T>
    static std::array<const T*, last + 2> activations(const Pass<Device>& pass, const T* x,
                                                      const T* y, const Memory<T>& memory) {
      constexpr auto& slots = Plan::slots;
      std::array<const T*, last + 2> at{x};
      for (std::size_t i = 0; i <= last; ++i) {
        const std::size_t slot = slots.of[i];
        if (slot == slots.last) {
          at[i + 1] = y;
        } else if (pass.record) {
          at[i + 1] = memory.saved + pass.batch * slots.begin[slot];
        } else {
          at[i + 1] = memory.scratch + static_cast<Index>(slot % 2) * pass.batch * slots.largest;
        }
      }
      return at;
    }

    /// Layer i's parts of the arenas.
    template <class T>
    static Memory<T> part(std::size_t i, Index batch, const Memory<T>& memory) {
      return memory.child(Plan::parameters_at[i], Plan::buffers_at[i],
                          (Extent{Plan::slots.kept, 0} + Plan::saved_at[i]).at(batch),
                          2 * batch * Plan::slots.largest);
    }
  };
};

}  // namespace osteon::nn
