// Definitions of image.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/image.hpp>

#include <cstddef>

namespace osteon::data {

OSTEON_INLINE Image::Image(int w, int h, int c)
    : width(w),
      height(h),
      channels(c),
      pixels(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) *
             static_cast<std::size_t>(c)) {}

}  // namespace osteon::data
