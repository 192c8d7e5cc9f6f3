// Definitions of class_distribution.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/gnuplot.hpp>
#include <osteon/train/figures/class_distribution.hpp>
#include <osteon/train/figures/style.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace osteon::train {

namespace detail {

/// A heading at the same height for both panels, centred on `x` (share of the figure's width).
OSTEON_INLINE std::string panel_title(std::string_view text, double x) {
  return concat("set label ", io::gnuplot_string(text), " at screen ", x,
                ",0.89 center font ',14' textcolor rgb '", ink, "'\n");
}

/// Bars: a group per part with a bar per class, or with one part only, its classes.
OSTEON_INLINE std::string distribution_bars(std::span<const std::string> names,
                                            std::span<const PartCounts> parts) {
  const double width = parts.size() == 1 ? 0.6 : 0.8 / static_cast<double>(names.size());
  const double step = parts.size() == 1 ? 1.0 : width;
  const double first = parts.size() == 1 ? 0 : -step * (static_cast<double>(names.size()) - 1) / 2;
  const int label_size = names.size() * parts.size() <= 8 ? 12 : 8;  // beside each other
  std::int64_t highest = 1;
  std::string data, tics, plot;
  for (std::size_t k = 0; k < names.size(); ++k) {
    data += concat("$class", k, " << END\n");
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const std::int64_t count = parts[p].counts[k];
      highest = std::max(highest, count);
      const double x = static_cast<double>(p) + first + static_cast<double>(k) * step;
      data += concat(x, ' ', count, " \"", format_count(count), "\"\n");
    }
    data += "END\n";
    plot += concat(k == 0 ? "plot " : ", ", "$class", k, " using 1:2 with boxes linecolor rgb '",
                   series_colour(k), "' title ", io::gnuplot_string(names[k]),
                   " noenhanced, $class", k, " using 1:2:3 with labels offset 0,0.6 font ',",
                   label_size, "' textcolor rgb '", ink, "' notitle");
  }
  const auto tic = [&](const std::string& text, std::size_t at) {
    tics += concat(tics.empty() ? "" : ", ", io::gnuplot_string(text), ' ', at);
  };
  if (parts.size() == 1) {
    for (std::size_t k = 0; k < names.size(); ++k) tic(names[k], k);
  } else {
    for (std::size_t p = 0; p < parts.size(); ++p) tic(parts[p].part, p);
  }
  const std::size_t groups = parts.size() == 1 ? names.size() : parts.size();
  return concat(data, "set lmargin at screen 0.08\nset rmargin at screen 0.47\n",
                "set tmargin at screen 0.84\nset bmargin at screen 0.14\nset boxwidth ",
                0.92 * width, "\nset xtics (", tics,
                ") noenhanced scale 0 font ',13'\nset xrange [-0.6:", groups - 1, ".6]\n",
                "set yrange [0:", 1.12 * static_cast<double>(highest),
                "]\nset ylabel 'images' textcolor rgb '", ink, "'\n",
                parts.size() == 1 ? "unset key\n"
                                  : "set key bmargin center horizontal reverse Left samplen 1\n",
                panel_title("Images per class", 0.275), plot, '\n');
}

/// A pie of all parts together, clockwise from the top.
OSTEON_INLINE std::string distribution_pie(std::span<const std::string> names,
                                           std::span<const PartCounts> parts) {
  std::vector<std::int64_t> totals(names.size());
  for (const PartCounts& part : parts)
    for (std::size_t k = 0; k < names.size(); ++k) totals[k] += part.counts[k];
  const std::int64_t whole = std::accumulate(totals.begin(), totals.end(), std::int64_t{0});
  require(whole > 0, "the class distribution can't be plotted: there are no images");

  std::string script =
      "unset border\nunset tics\nunset grid\nunset key\nunset ylabel\nunset label\n"
      "set size ratio -1\nset xrange [-1.75:1.75]\nset yrange [-1.7:1.7]\n"
      "set lmargin at screen 0.5\nset rmargin at screen 1.0\nset tmargin at screen 0.86\n"
      "set bmargin at screen 0.02\n";
  double begin = 90;
  double distance = 1.1;  // of the names from the centre
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (totals[k] == 0) continue;
    const double angle = 360 * static_cast<double>(totals[k]) / static_cast<double>(whole);
    const double end = begin - angle;
    script += concat("set object circle at 0,0 size 1 arc [", end, ':', begin, "] fillcolor rgb '",
                     series_colour(k), "' fillstyle solid 1 border linecolor rgb 'white'\n");
    const double middle = (begin + end) / 2 * std::numbers::pi / 180;
    const double x = std::cos(middle), y = std::sin(middle);
    const std::string_view side = std::abs(x) < 0.2 ? "center" : x < 0 ? "right" : "left";
    // A thin slice has its share beside its name, and thin neighbours stand apart.
    const bool thin = angle < 40;
    distance = thin && distance < 1.5 ? distance + 0.13 : 1.1;
    const std::string share = format_percent(totals[k], whole);
    script += label_command(thin ? concat(names[k], "  ", share) : names[k], distance * x,
                            distance * y, ink, concat(side, " font ',", thin ? 11 : 13, "'"));
    if (!thin) script += label_command(share, 0.62 * x, 0.62 * y, "white", "center font ',16'");
    begin = end;
  }
  return script + panel_title(concat("Share of all ", format_count(whole), " images"), 0.75) +
         "plot NaN\n";
}

}  // namespace detail

OSTEON_INLINE void plot_class_distribution(const std::filesystem::path& path,
                                           std::span<const std::string> names,
                                           std::span<const PartCounts> parts) {
  require(!names.empty() && !parts.empty(), "the class distribution needs classes and parts");
  for (const PartCounts& part : parts)
    require(part.counts.size() == names.size(), "the class distribution of ", part.part, " has ",
            part.counts.size(), " counts for ", names.size(), " classes");
  io::render_png(path, concat(detail::figure_style, "set multiplot layout 1,2 title ",
                              "'Class distribution' font ',18' textcolor rgb '", detail::ink, "'\n",
                              detail::distribution_bars(names, parts),
                              detail::distribution_pie(names, parts), "unset multiplot\n"));
}

}  // namespace osteon::train
