// Definitions of image_dataset.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/image_dataset.hpp>

#include <cstddef>
#include <vector>

namespace osteon::data {

OSTEON_INLINE std::vector<std::size_t> ImageDataset::indices(Part part) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (samples[i].part == part) found.push_back(i);
  return found;
}

}  // namespace osteon::data
