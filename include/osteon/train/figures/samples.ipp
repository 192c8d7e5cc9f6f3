// Definitions of samples.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/gnuplot.hpp>
#include <osteon/train/figures/samples.hpp>
#include <osteon/train/figures/style.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace osteon::train {

OSTEON_INLINE void plot_samples(const std::filesystem::path& path, std::span<const Sample> samples,
                                const SampleGrid& grid) {
  using namespace detail;
  require(!samples.empty(), "there are no example images to plot");
  require(grid.size > 0 && grid.columns > 0 && (grid.channels == 1 || grid.channels == 3),
          "example images have 1 or 3 channels, at least one pixel and one column");
  const std::size_t columns = std::min(grid.columns, samples.size());
  const std::size_t rows = (samples.size() + columns - 1) / columns;
  constexpr double step_x = 1.08, step_y = 1.2;  // an image is 1 x 1; titles need room above

  std::string script, plot, pixels;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples[i];
    require(sample.pixels.size() == grid.size * grid.size * grid.channels, "example image ", i,
            " has ", sample.pixels.size(), " bytes, not ", grid.size, " x ", grid.size, " x ",
            grid.channels);
    const double left = step_x * static_cast<double>(i % columns);
    const double bottom = -step_y * static_cast<double>(i / columns);
    const std::string_view colour = !sample.correct   ? ink
                                    : *sample.correct ? good_colour
                                                      : bad_colour;
    script += label_command(sample.title, left + 0.5, bottom + 1.06, colour, "center font ',12'");
    // The origin is the centre of the first pixel, and flipy turns the image: row 0 is on top.
    const double pixel = 1 / static_cast<double>(grid.size);
    plot += concat(i == 0 ? "plot " : ", ", "'-' binary array=(", grid.size, ',', grid.size,
                   ") flipy format='%uchar' dx=", pixel, " dy=", pixel, " origin=(",
                   left + pixel / 2, ',', bottom + pixel / 2, ") using ",
                   grid.channels == 1 ? "1:1:1" : "1:2:3", " with rgbimage notitle");
    pixels.append(reinterpret_cast<const char*>(sample.pixels.data()), sample.pixels.size());
  }
  const double width = step_x * static_cast<double>(columns),
               height = step_y * static_cast<double>(rows);
  script += concat("unset border\nunset tics\nunset key\nset size ratio -1\nset lmargin 0\n",
                   "set rmargin 0\nset bmargin 0\nset tmargin 2.5\n", "set xrange [-0.08:", width,
                   "]\nset yrange [", 1.2 - height - 0.08, ":1.16]\n", title_command(grid.title),
                   plot, '\n');
  constexpr double tile = 250;  // pixels of the figure
  io::render_png(path, script + pixels,
                 {.width = static_cast<int>(tile * (width + 0.08)),
                  .height = static_cast<int>(tile * height) + 70});
}

}  // namespace osteon::train
