// Definitions of dtype.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/io/dtype.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace osteon::io {

OSTEON_INLINE std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) text += concat(text.size() > 1 ? ", " : "", size);
  return text + "]";
}

}  // namespace osteon::io
