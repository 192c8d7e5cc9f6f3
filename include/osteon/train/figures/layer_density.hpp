// Figure: where pruning left weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace osteon::train {

/// The prunable weights of one layer and how many of them are kept.
struct LayerDensity {
  std::string name;
  std::int64_t kept = 0;
  std::int64_t total = 0;
};

/// A bar per layer, in the order of the network from the top; a line marks the whole network.
void plot_layer_density(const std::filesystem::path& path, std::span<const LayerDensity> layers);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/figures/layer_density.ipp>
#endif
