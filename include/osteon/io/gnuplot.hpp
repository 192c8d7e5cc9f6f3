// Plots, drawn by the program gnuplot (Debian: gnuplot-nox).
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace osteon::io {

/// `text` as a gnuplot string in which nothing is a command. Unless the plot says `noenhanced`,
/// gnuplot still takes _ ^ { } for markup.
[[nodiscard]] std::string gnuplot_string(std::string_view text);

struct PngOptions {
  int width = 1200;  ///< pixels
  int height = 700;  ///< pixels
  int font_size = 13;
};

/// Fails unless gnuplot is there and can write PNG files: to be told before long work, not after.
void check_gnuplot();

/// Runs a gnuplot script whose picture becomes the PNG file `path`. The script may hold inline
/// data, binary too; the terminal and the output are set for it. Throws Error if gnuplot is
/// missing, rejects the script, or can't write; an earlier file then stays as it was.
void render_png(const std::filesystem::path& path, std::string_view script,
                const PngOptions& options = {});

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/gnuplot.ipp>
#endif
