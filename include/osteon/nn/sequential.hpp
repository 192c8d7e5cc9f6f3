// Layers one after another.
//
// Binding folds over the parameter pack: each layer is bound to the output of the one before. The
// result is a flat pack of bound layers with indexed leaves.
#pragma once

#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

#include <cstddef>
#include <span>
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

template <class Layer>
constexpr bool has_label = requires {
  Layer::label;
};

/// The part of a parameter's name that a layer adds by itself: its label, or nothing.
template <class Layer>
constexpr std::string_view own_label() {
  if constexpr (has_label<Layer>) {
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

/// A chain of bound layers.
template <class C>
struct BoundChain;
template <AnyShape Out, class... Bounds>
struct BoundChain<Chain<Out, Bounds...>> {
  using output = Out;
  static constexpr std::size_t count = sizeof...(Bounds);
  using Leaves = Pack<std::make_index_sequence<count>, Bounds...>;
  template <std::size_t I>
  using Layer = decltype(leaf_type<I>(static_cast<const Leaves*>(nullptr)));

  static constexpr Index parameters = (Bounds::parameters + ...);
  static constexpr Index buffers = (Bounds::buffers + ...);
  static constexpr std::size_t operations = (Bounds::operations + ...);
  static constexpr Index prunable = (Bounds::prunable + ...);
  static constexpr Index macs = (Bounds::macs + ...);
};

}  // namespace detail

/// The given layers in order; parameters are named by position ("0.weight") unless Named.
template <class... Layers>
struct Sequential {
  static_assert(sizeof...(Layers) > 0, "osteon: Sequential needs at least one layer");

  template <AnyShape In>
  struct Bound {
    using Chain =
        detail::BoundChain<decltype((detail::Chain<In>{} | ... | detail::Type<Layers>{}))>;
    template <std::size_t I>
    using Layer = typename Chain::template Layer<I>;

    using input = In;
    using output = typename Chain::output;
    static constexpr Index parameters = Chain::parameters;
    static constexpr Index buffers = Chain::buffers;
    static constexpr Index prunable = Chain::prunable;
    static constexpr Index macs = Chain::macs;
    static constexpr std::size_t operations = Chain::operations;

    static void describe(const std::string& path, Description& table) {
      describe_children(path, table, children(std::index_sequence_for<Layers...>{}));
    }

    static constexpr Value trace(Trace& trace, Value x) {
      [&]<std::size_t... I>(std::index_sequence<I...>) { ((x = Layer<I>::trace(trace, x)), ...); }
      (std::index_sequence_for<Layers...>{});
      return x;
    }

   private:
    template <std::size_t... I>
    static std::span<const Child> children(std::index_sequence<I...>) {
      static constexpr Child all[] = {
          {detail::own_label<Layers>(), &Layer<I>::describe, detail::has_label<Layers>}...};
      return all;
    }
  };
};

}  // namespace osteon::nn
