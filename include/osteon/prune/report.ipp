// Definitions of report.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/prune/report.hpp>

#include <cstdio>
#include <string>

namespace osteon::prune {

OSTEON_INLINE std::string to_string(const Report& report) {
  std::string text;
  char line[160];
  const auto row = [&](const char* name, Index size, Index nonzero, Index macs, Index macs_kept) {
    std::snprintf(line, sizeof line, "%-24s %12lld %12lld %8.4f %10.2f M %10.2f M\n", name,
                  static_cast<long long>(size), static_cast<long long>(nonzero),
                  static_cast<double>(nonzero) / static_cast<double>(size),
                  static_cast<double>(macs) / 1e6, static_cast<double>(macs_kept) / 1e6);
    text += line;
  };
  std::snprintf(line, sizeof line, "%-24s %12s %12s %8s %12s %12s\n", "layer", "weights", "kept",
                "density", "MACs", "MACs kept");
  text += line;
  for (const LayerDensity& layer : report.layers) {
    row(layer.name.c_str(), layer.size, layer.nonzero, layer.macs_dense, layer.macs_kept);
  }
  row("all prunable", report.prunable, report.prunable_nonzero, report.macs_dense,
      report.macs_kept);
  return text;
}

}  // namespace osteon::prune
