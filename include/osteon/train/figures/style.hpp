// What all figures share: colours, axes, and how numbers are written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace osteon::train::detail {

inline constexpr std::string_view ink = "#333333";
inline constexpr std::string_view quiet_ink = "#777777";
inline constexpr std::string_view good_colour = "#2e7d4f";
inline constexpr std::string_view bad_colour = "#c0392b";

/// Distinct, colour-blind friendly colours; they repeat after eight.
std::string_view series_colour(std::size_t index);

/// Thin axes on the left and below, a faint horizontal grid, dark grey text.
inline constexpr std::string_view figure_style =
    "set border 3 linecolor rgb '#999999' linewidth 0.7\n"
    "set tics nomirror scale 0.4 textcolor rgb '#333333'\n"
    "set grid ytics linetype 1 linecolor rgb '#e4e4e4' linewidth 0.7\n"
    "set format '%g'\n"
    "set key textcolor rgb '#333333'\n"
    "set style fill solid 1.0 noborder\n";

/// A printf-formatted number.
std::string format_number(const char* format, double value);

/// 1234567 as "1,234,567".
std::string format_count(std::int64_t count);

/// The share part / whole as "5.0 %"; 0 of 0 is 0.
std::string format_percent(std::int64_t part, std::int64_t whole, int digits = 1);

/// "set title ..." in the size of headings, the text as it is.
std::string title_command(std::string_view text, int size = 16);

/// "set label ..." at a place in axis coordinates; `style` goes on (left, center, font, offset).
std::string label_command(std::string_view text, double x, double y, std::string_view colour,
                          std::string_view style);

}  // namespace osteon::train::detail

#if !defined(OSTEON_COMPILED)
#include <osteon/train/figures/style.ipp>
#endif
