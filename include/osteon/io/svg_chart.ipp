// Definitions of svg_chart.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/html.hpp>
#include <osteon/io/svg_chart.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace osteon::io {

namespace detail {

/// The width of a letter of 14 px, on average; fonts differ.
inline constexpr double letter = 8.2;

OSTEON_INLINE ChartScale::ChartScale(const ChartAxis& axis, std::span<const ChartSeries> series,
                                     std::vector<double> ChartSeries::*values, double begin,
                                     double end)
    : begin_(begin), end_(end), percent_(axis.percent) {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const ChartSeries& s : series)
    for (const double value : s.*values)
      if (std::isfinite(value)) least = std::min(least, value), most = std::max(most, value);
  if (least > most) least = 0, most = 1;
  from_ = axis.from.value_or(least);
  to_ = axis.to.value_or(most);
  if (!(to_ > from_)) from_ -= 0.5, to_ = from_ + 1;
  // Steps of 1, 2 or 5 times a power of ten: four to ten of them.
  const double rough = (to_ - from_) / 4, power = std::pow(10, std::floor(std::log10(rough)));
  step_ = power * (rough >= 5 * power ? 5 : rough >= 2 * power ? 2 : 1);
  if (axis.whole) step_ = std::max(step_, 1.0);
  if (!axis.from && !axis.whole) from_ = std::floor(from_ / step_ + 1e-9) * step_;
  if (!axis.to && !axis.whole) to_ = std::ceil(to_ / step_ - 1e-9) * step_;
}

OSTEON_INLINE std::vector<double> ChartScale::ticks() const {
  std::vector<double> result;
  for (double k = std::ceil(from_ / step_ - 1e-9); k * step_ <= to_ + 1e-9 * step_; ++k)
    result.push_back(k * step_ + 0.0);  // never -0
  return result;
}

OSTEON_INLINE std::string ChartScale::text(double value) const {
  const double unit = percent_ ? 100 : 1;
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(unit * step_) + 1e-9)));
  return to_fixed(unit * value, decimals) + (percent_ ? "%" : "");
}

OSTEON_INLINE std::string svg_line(std::string_view kind, double x1, double y1, double x2,
                                   double y2) {
  return concat("<line class=\"", kind, "\" x1=\"", to_fixed(x1, 1), "\" y1=\"", to_fixed(y1, 1),
                "\" x2=\"", to_fixed(x2, 1), "\" y2=\"", to_fixed(y2, 1), "\"/>\n");
}
OSTEON_INLINE std::string svg_text(double x, double y, std::string_view anchor,
                                   std::string_view text, std::string_view more = "") {
  return concat("<text x=\"", to_fixed(x, 1), "\" y=\"", to_fixed(y, 1), "\" text-anchor=\"",
                anchor, "\"", more, ">", html_escape(text), "</text>\n");
}
OSTEON_INLINE std::string svg_point(int color, double x, double y, std::string_view tip,
                                    double radius = point_radius) {
  return concat("<circle class=\"point c", color, "\" cx=\"", to_fixed(x, 1), "\" cy=\"",
                to_fixed(y, 1), "\" r=\"", to_fixed(radius, 1), "\"><title>", html_escape(tip),
                "</title></circle>\n");
}
OSTEON_INLINE std::string svg_open(std::string_view title, double width, double height) {
  return concat("<svg class=\"chart\" role=\"img\" viewBox=\"0 0 ", to_fixed(width, 0), ' ',
                to_fixed(height, 0), "\">\n<title>", html_escape(title), "</title>\n");
}

[[nodiscard]] inline bool has_line(SeriesStyle style) { return style != SeriesStyle::points; }
[[nodiscard]] inline bool has_points(SeriesStyle style) {
  return style >= SeriesStyle::line_and_points;
}
OSTEON_INLINE std::string line_kind(const ChartSeries& series) {
  const bool dashed =
      series.style == SeriesStyle::dashed || series.style == SeriesStyle::dashed_and_points;
  return concat("line c", series.color, dashed ? " dashed" : "");
}

/// The names, row by row from the top; `y` is left below them.
OSTEON_INLINE std::string svg_legend(std::span<const ChartSeries> series, double left, double right,
                                     double& y) {
  std::string text;
  double x = left;
  for (const ChartSeries& s : series) {
    if (s.name.empty()) continue;
    const double width = 32 + letter * static_cast<double>(s.name.size());
    if (x > left && x + width > right) x = left, y += 20;
    if (has_line(s.style)) text += svg_line(line_kind(s), x, y - 5, x + 22, y - 5);
    if (has_points(s.style)) text += svg_point(s.color, x + 11, y - 5, s.name);
    text += svg_text(x + 28, y, "start", s.name);
    x += width + 12;
  }
  y += 14;
  return text;
}

OSTEON_INLINE std::string svg_series(const ChartSeries& series, const ChartScale& x,
                                     const ChartScale& y) {
  std::string path, points, last;
  bool pen_down = false;
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
    if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i])) {
      pen_down = false;
      continue;
    }
    const double px = x.at(series.x[i]), py = y.at(series.y[i]);
    std::string step = to_fixed(px, 1) + ' ' + to_fixed(py, 1);
    if (!pen_down || step != last) path += (pen_down ? 'L' : 'M') + step;
    last = std::move(step);
    pen_down = true;
    if (has_points(series.style))
      points +=
          svg_point(series.color, px, py, concat(series.name, ": ", series.x[i], ", ", series.y[i]),
                    i < series.radius.size() ? series.radius[i] : point_radius);
  }
  if (!has_line(series.style) || path.empty()) return points;
  return concat("<path class=\"", line_kind(series), "\" d=\"", path, "\"/>\n", points);
}

}  // namespace detail

OSTEON_INLINE std::string svg_line_chart(const LineChart& chart) {
  using namespace detail;
  constexpr double width = 460, left = 62, right = width - 26, plot_height = 250;
  double top = 20;
  const std::string legend = svg_legend(chart.series, left, right, top);
  const double bottom = top + plot_height;
  const ChartScale x(chart.x, chart.series, &ChartSeries::x, left, right);
  const ChartScale y(chart.y, chart.series, &ChartSeries::y, bottom, top);

  std::string svg = svg_open(chart.title, width, bottom + 48) + legend;
  for (const double tick : y.ticks()) {
    svg += svg_line("grid", left, y.at(tick), right, y.at(tick));
    svg += svg_text(left - 8, y.at(tick) + 5, "end", y.text(tick));
  }
  for (const double tick : x.ticks()) {
    svg += svg_line("axis", x.at(tick), bottom, x.at(tick), bottom + 5);
    svg += svg_text(x.at(tick), bottom + 20, "middle", x.text(tick));
  }
  svg += svg_line("axis", left, bottom, right, bottom);
  svg += svg_text((left + right) / 2, bottom + 41, "middle", chart.x.label);
  const double middle = (top + bottom) / 2;
  svg += svg_text(14, middle, "middle", chart.y.label,
                  concat(" transform=\"rotate(-90 14 ", to_fixed(middle, 1), ")\""));
  for (const ChartSeries& series : chart.series) svg += svg_series(series, x, y);
  return svg + "</svg>\n";
}

OSTEON_INLINE std::string svg_bar_chart(std::string_view title, std::span<const ChartBar> bars) {
  using namespace detail;
  constexpr double width = 460, row = 22;
  std::size_t longest_name = 0, longest_text = 0;
  for (const ChartBar& bar : bars) {
    longest_name = std::max(longest_name, bar.name.size());
    longest_text = std::max(longest_text, bar.text.size());
  }
  const double left = 12 + letter * static_cast<double>(longest_name);
  const double right = width - 12 - letter * static_cast<double>(longest_text);
  std::string svg = svg_open(title, width, row * static_cast<double>(bars.size()) + 4);
  double y = 2;
  for (const ChartBar& bar : bars) {
    const auto rectangle = [&](std::string_view kind, double share) {
      return concat("<rect class=\"", kind, "\" x=\"", to_fixed(left, 1), "\" y=\"",
                    to_fixed(y + 3, 1), "\" width=\"", to_fixed((right - left) * share, 2),
                    "\" height=\"", to_fixed(row - 8, 1), "\"/>\n");
    };
    const double share = std::isfinite(bar.share) ? std::clamp(bar.share, 0.0, 1.0) : 0;
    svg += svg_text(left - 8, y + 15, "end", bar.name);
    svg += rectangle("track", 1) + rectangle("bar c1", share);
    svg += svg_text(right + 8, y + 15, "start", bar.text);
    y += row;
  }
  return svg + "</svg>\n";
}

}  // namespace osteon::io
