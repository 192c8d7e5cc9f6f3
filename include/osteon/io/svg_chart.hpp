// Charts as inline SVG, drawn without another program. Their colours are those of io::html_style.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::io {

/// For html_page(); a series is told from the others by its strokes too, not by colour alone.
inline constexpr std::string_view chart_style = R"css(
svg.chart { display: block; width: 100%; height: auto; font: 14px system-ui, sans-serif; }
.chart text { fill: var(--ink); stroke: none; }
.chart .grid { stroke: var(--line); }
.chart .axis { stroke: var(--muted); fill: none; }
.chart .c0 { --c: var(--muted); } .chart .c1 { --c: var(--series-1); }
.chart .c2 { --c: var(--series-2); }
.chart .line { stroke: var(--c); stroke-width: 2; fill: none; stroke-linejoin: round; }
.chart .dashed { stroke-dasharray: 6 4; }
.chart .point { fill: var(--c); stroke: var(--paper); }
.chart .bar { fill: var(--c); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.chart .track { fill: var(--shade); }
)css";

enum class SeriesStyle { line, dashed, line_and_points, dashed_and_points, points };

inline constexpr double point_radius = 4.5;

/// Points in their order; a line is broken at one that is not finite.
struct ChartSeries {
  std::string name{};  ///< in the legend; empty: not there
  std::vector<double> x{};
  std::vector<double> y{};
  SeriesStyle style = SeriesStyle::line;
  int color = 1;                 ///< 0: grey, 1, 2
  std::vector<double> radius{};  ///< of each point; empty: point_radius
};

struct ChartAxis {
  std::string label{};
  std::optional<double> from{};  ///< without: as the points need it
  std::optional<double> to{};
  bool percent = false;  ///< shares are written as percentages
  bool whole = false;    ///< ticks at whole numbers only
};

struct LineChart {
  std::string title{};
  ChartAxis x{};
  ChartAxis y{};
  std::vector<ChartSeries> series{};
};

/// A share in [0, 1] and what is written beside its bar.
struct ChartBar {
  std::string name{};
  double share = 0;
  std::string text{};
};

namespace detail {

/// An axis with its ends and ticks fixed, laid along pixels `begin` to `end`.
class ChartScale {
 public:
  ChartScale(const ChartAxis& axis, std::span<const ChartSeries> series,
             std::vector<double> ChartSeries::*values, double begin, double end);

  [[nodiscard]] double at(double value) const {
    return begin_ + (value - from_) / (to_ - from_) * (end_ - begin_);
  }
  [[nodiscard]] std::vector<double> ticks() const;
  [[nodiscard]] std::string text(double value) const;

 private:
  double begin_, end_, from_ = 0, to_ = 1, step_ = 1;
  bool percent_;
};

}  // namespace detail

/// Lines and points over two axes, with grid, ticks and legend.
[[nodiscard]] std::string svg_line_chart(const LineChart& chart);

/// A horizontal bar for each share, under one another.
[[nodiscard]] std::string svg_bar_chart(std::string_view title, std::span<const ChartBar> bars);

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/svg_chart.ipp>
#endif
