// What all figures share: colours, axes, and how numbers are written.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/gnuplot.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace osteon::train::detail {

inline constexpr std::string_view ink = "#333333";
inline constexpr std::string_view quiet_ink = "#777777";
inline constexpr std::string_view good_colour = "#2e7d4f";
inline constexpr std::string_view bad_colour = "#c0392b";

/// Distinct, colour-blind friendly colours; they repeat after eight.
inline std::string_view series_colour(std::size_t index) {
  constexpr std::array<std::string_view, 8> colours{"#3b6ea8", "#e08a3c", "#4f9d8a", "#c8553d",
                                                    "#8268a8", "#d9b44a", "#7a8b99", "#b5739d"};
  return colours[index % colours.size()];
}

/// Thin axes on the left and below, a faint horizontal grid, dark grey text.
inline constexpr std::string_view figure_style =
    "set border 3 linecolor rgb '#999999' linewidth 0.7\n"
    "set tics nomirror scale 0.4 textcolor rgb '#333333'\n"
    "set grid ytics linetype 1 linecolor rgb '#e4e4e4' linewidth 0.7\n"
    "set format '%g'\n"
    "set key textcolor rgb '#333333'\n"
    "set style fill solid 1.0 noborder\n";

/// A printf-formatted number.
inline std::string format_number(const char* format, double value) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

/// 1234567 as "1,234,567".
inline std::string format_count(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t sign = count < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > sign + 3;) text.insert(i -= 3, 1, ',');
  return text;
}

/// The share part / whole as "5.0 %"; 0 of 0 is 0.
inline std::string format_percent(std::int64_t part, std::int64_t whole, int digits = 1) {
  const double share = whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  return format_number(digits == 1 ? "%.1f %%" : "%.2f %%", 100 * share);
}

/// "set title ..." in the size of headings, the text as it is.
inline std::string title_command(std::string_view text, int size = 16) {
  return concat("set title ", io::gnuplot_string(text), " noenhanced font ',", size,
                "' textcolor rgb '", ink, "'\n");
}

/// "set label ..." at a place in axis coordinates; `style` goes on (left, center, font, offset).
inline std::string label_command(std::string_view text, double x, double y, std::string_view colour,
                                 std::string_view style) {
  return concat("set label ", io::gnuplot_string(text), " at ", x, ',', y,
                " noenhanced front textcolor rgb '", colour, "' ", style, '\n');
}

}  // namespace osteon::train::detail
