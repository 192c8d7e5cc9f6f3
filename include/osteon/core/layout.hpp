// Layouts are types: in which order the elements of a tensor lie in memory. Logical indices always
// follow PyTorch: (N, C, H, W) for activations, (O, I, H, W) for convolution weights.
#pragma once

#include <osteon/core/shape.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace osteon {

/// Row-major: the last index varies fastest (PyTorch's contiguous_format).
struct Contiguous {
  static constexpr const char* name = "contiguous";

  template <std::size_t Rank>
  static constexpr Index offset(const std::array<Index, Rank>& extents,
                                const std::array<Index, Rank>& index) {
    Index at = 0;
    for (std::size_t i = 0; i < Rank; ++i) at = at * extents[i] + index[i];
    return at;
  }
};

/// N, H, W, C in memory (PyTorch's channels_last). Differs from Contiguous for rank 4 only.
struct ChannelsLast {
  static constexpr const char* name = "channels_last";

  template <std::size_t Rank>
  static constexpr Index offset(const std::array<Index, Rank>& extents,
                                const std::array<Index, Rank>& index) {
    if constexpr (Rank == 4) {
      const auto [n, c, h, w] = index;
      return ((n * extents[2] + h) * extents[3] + w) * extents[1] + c;
    } else {
      return Contiguous::offset(extents, index);
    }
  }
};

/// Whether the two layouts put tensors of shape S into memory in the same order.
template <class L1, class L2, AnyShape S>
inline constexpr bool same_order = std::is_same_v<L1, L2> || S::rank != 4;

}  // namespace osteon
