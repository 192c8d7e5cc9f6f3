// Definitions of layer_density.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/gnuplot.hpp>
#include <osteon/train/figures/layer_density.hpp>
#include <osteon/train/figures/style.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace osteon::train {

OSTEON_INLINE void plot_layer_density(const std::filesystem::path& path,
                                      std::span<const LayerDensity> layers) {
  using namespace detail;
  require(!layers.empty(), "there are no layers whose density could be plotted");
  const auto percent = [](std::int64_t kept, std::int64_t total) {
    return total == 0 ? 0 : 100 * static_cast<double>(kept) / static_cast<double>(total);
  };
  std::int64_t kept = 0, total = 0;
  double highest = 0;
  std::string data = "$layers << END\n", labels, tics;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerDensity& layer = layers[i];
    const double density = percent(layer.kept, layer.total);
    kept += layer.kept;
    total += layer.total;
    highest = std::max(highest, density);
    data += concat(density, ' ', i, '\n');
    tics += concat(i == 0 ? "" : ", ", io::gnuplot_string(layer.name), ' ', i);
  }
  const double overall = percent(kept, total);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerDensity& layer = layers[i];
    // Right of the bar and of the line.
    labels += label_command(concat(format_percent(layer.kept, layer.total), "   ",
                                   format_count(layer.kept), " of ", format_count(layer.total)),
                            std::max(percent(layer.kept, layer.total), overall),
                            static_cast<double>(i), ink, "left offset 0.8,0 font ',11'");
  }
  const std::string title =
      concat("Weights kept per layer: ", format_count(kept), " of ", format_count(total),
             " prunable weights (", format_percent(kept, total, 2), ")");
  const std::string count = std::to_string(layers.size());
  io::render_png(
      path,
      concat(figure_style, data, "END\n", labels,
             "unset grid\nset grid xtics linetype 1 linecolor rgb '#e4e4e4' ",
             "linewidth 0.7\nset border 1\nset ytics (", tics, ") noenhanced scale 0\nset yrange [",
             count, "-0.4:-0.6]\nset xrange [0:", 1.45 * std::max(highest, 1e-3), "]\nset xtics ",
             highest > 50 ? "0,20,100" : "autofreq", "\nset xlabel ",
             "'density: % of the weights of the layer that are kept' textcolor rgb '", ink,
             "'\nset arrow from ", overall, ", graph 0 to ", overall,
             ", graph 1 nohead front dashtype 2 linewidth 1.2 linecolor rgb '", bad_colour, "'\n",
             "unset key\nset tmargin 4.5\nset title offset 0,0.7\nset label 'whole network: ",
             format_number("%.2f %%", overall), "' at ", overall,
             ", graph 1 offset 0.3,0.5 font ',11' textcolor rgb '", bad_colour, "'\n",
             title_command(title),
             "plot $layers using ($1/2):2:($1/2):(0.36) with boxxyerror linecolor rgb '",
             series_colour(0), "' notitle\n"),
      {.width = 1200, .height = 160 + 30 * static_cast<int>(layers.size())});
}

}  // namespace osteon::train
