// Definitions of sample.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/sample.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace osteon::data {

OSTEON_INLINE std::vector<int> labels_of(std::span<const Sample> samples) {
  std::vector<int> labels;
  for (const Sample& sample : samples) labels.push_back(sample.label);
  return labels;
}

OSTEON_INLINE std::vector<int> labels_of(std::span<const Sample> samples,
                                         std::span<const std::size_t> which) {
  std::vector<int> labels;
  for (const std::size_t i : which) labels.push_back(samples[i].label);
  return labels;
}

}  // namespace osteon::data
