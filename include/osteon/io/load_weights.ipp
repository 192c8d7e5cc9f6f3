// Definitions of load_weights.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/io/load_weights.hpp>

#include <string>
#include <vector>

namespace osteon::io {
namespace detail {

OSTEON_INLINE std::string first_of(const std::vector<std::string>& names,
                                   const std::vector<ReshapedTensor>& reshaped) {
  if (!names.empty()) return concat('"', names[0], '"');
  return reshaped.empty() ? "nothing" : concat('"', reshaped[0].name, '"');
}

}  // namespace detail

}  // namespace osteon::io
