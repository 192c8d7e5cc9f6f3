// Definitions of transforms.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/transforms.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace osteon::data {

OSTEON_INLINE void Normalizer::operator()(std::span<const std::uint8_t> in,
                                          std::span<float> out) const {
  require(in.size() == out.size() && in.size() % 3 == 0, "cannot normalise ", in.size(),
          " bytes into ", out.size(), " floats: both must be the same multiple of 3");
  for (std::size_t i = 0; i < in.size(); i += 3)
    for (std::size_t c = 0; c < 3; ++c) out[i + c] = table_[c][in[i + c]];
}

}  // namespace osteon::data
