// Shapes are types: Shape<3, 224, 224>. Only the batch, always the first extent, may be known at
// run time: Shape<dynamic, 3, 224, 224>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace osteon {

using Index = std::int64_t;

/// An extent that is known at run time only; allowed as the first one, the batch.
inline constexpr Index dynamic = -1;

/// The extents of a tensor, outermost first, in PyTorch's logical order (N, C, H, W) whatever the
/// layout in memory.
template <Index... Extents>
struct Shape {
  static constexpr std::size_t rank = sizeof...(Extents);
  static constexpr std::array<Index, rank> extents{Extents...};
  static constexpr bool is_batched = rank > 0 && extents[0] == dynamic;

  /// Elements; of one sample where the shape is batched.
  static constexpr Index size = [] {
    Index n = 1;
    for (const Index extent : extents) n *= extent == dynamic ? 1 : extent;
    return n;
  }();

  static constexpr Index extent(std::size_t i) { return extents[i]; }
};

namespace detail {

template <class>
struct is_shape : std::false_type {};
template <Index... Extents>
struct is_shape<Shape<Extents...>> : std::true_type {};

template <class S>
struct batched;
template <Index... Extents>
struct batched<Shape<Extents...>> {
  using type = Shape<dynamic, Extents...>;
};

template <class S>
struct sample;
template <Index... Extents>
struct sample<Shape<dynamic, Extents...>> {
  using type = Shape<Extents...>;
};

}  // namespace detail

template <class S>
concept AnyShape = detail::is_shape<S>::value;

/// Batched<Shape<3, 224, 224>> is Shape<dynamic, 3, 224, 224>.
template <AnyShape S>
using Batched = typename detail::batched<S>::type;

/// Sample<Shape<dynamic, 3, 224, 224>> is Shape<3, 224, 224>.
template <AnyShape S>
using Sample = typename detail::sample<S>::type;

/// "3x224x224"; a run-time batch is written N.
template <AnyShape S>
[[nodiscard]] std::string to_string(S = {}) {
  std::string text;
  for (const Index extent : S::extents) {
    if (!text.empty()) text += 'x';
    text += extent == dynamic ? "N" : std::to_string(extent);
  }
  return text;
}

}  // namespace osteon
