// Definitions of style.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/gnuplot.hpp>
#include <osteon/train/figures/style.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace osteon::train::detail {

OSTEON_INLINE std::string_view series_colour(std::size_t index) {
  constexpr std::array<std::string_view, 8> colours{"#3b6ea8", "#e08a3c", "#4f9d8a", "#c8553d",
                                                    "#8268a8", "#d9b44a", "#7a8b99", "#b5739d"};
  return colours[index % colours.size()];
}

OSTEON_INLINE std::string format_number(const char* format, double value) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

OSTEON_INLINE std::string format_count(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t sign = count < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > sign + 3;) text.insert(i -= 3, 1, ',');
  return text;
}

OSTEON_INLINE std::string format_percent(std::int64_t part, std::int64_t whole, int digits) {
  const double share = whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  return format_number(digits == 1 ? "%.1f %%" : "%.2f %%", 100 * share);
}

OSTEON_INLINE std::string title_command(std::string_view text, int size) {
  return concat("set title ", io::gnuplot_string(text), " noenhanced font ',", size,
                "' textcolor rgb '", ink, "'\n");
}

OSTEON_INLINE std::string label_command(std::string_view text, double x, double y,
                                        std::string_view colour, std::string_view style) {
  return concat("set label ", io::gnuplot_string(text), " at ", x, ',', y,
                " noenhanced front textcolor rgb '", colour, "' ", style, '\n');
}

}  // namespace osteon::train::detail
