#include <osteon/io/svg_chart.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace osteon;

namespace {

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

bool has(std::string_view text, std::string_view what) { return count(text, what) > 0; }

/// The ticks of an axis over values from `from` to `to`, as they are written.
std::string ticks(double from, double to, bool whole = false, bool percent = false) {
  const std::vector<io::ChartSeries> series{{.x = {from, to}, .y = {from, to}}};
  const io::detail::ChartScale scale({.percent = percent, .whole = whole}, series,
                                     &io::ChartSeries::x, 0, 100);
  std::string text;
  for (const double tick : scale.ticks()) text += scale.text(tick) + ' ';
  return text;
}

}  // namespace

TEST_CASE("ChartScale: round ticks around the values") {
  CHECK(ticks(0, 1) == "0.0 0.2 0.4 0.6 0.8 1.0 ");
  CHECK(ticks(0, 1, false, true) == "0% 20% 40% 60% 80% 100% ");
  CHECK(ticks(0.93, 0.999, false, true) == "93% 94% 95% 96% 97% 98% 99% 100% ");
  CHECK(ticks(-0.3, 0.7) == "-0.4 -0.2 0.0 0.2 0.4 0.6 0.8 ");
  CHECK(ticks(0, 1234) == "0 200 400 600 800 1000 1200 1400 ");
  CHECK(ticks(1, 30, true) == "5 10 15 20 25 30 ");
  CHECK(ticks(1, 3, true) == "1 2 3 ");
}

TEST_CASE("ChartScale: one value, no value, values that are none") {
  CHECK(ticks(1, 1, true) == "1 ");
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(ticks(nan, nan) == "0.0 0.2 0.4 0.6 0.8 1.0 ");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(ticks(infinity, -infinity) == ticks(nan, nan));
}

TEST_CASE("svg_line_chart: places points, breaks lines, escapes names") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string svg = io::svg_line_chart(
      {.title = "a < b",
       .x = {.label = "x & y", .from = 0, .to = 1},
       .y = {.label = "share", .from = 0, .to = 1},
       .series = {{.name = "<i>", .x = {0, 0.5, 1}, .y = {0, 1, 0}},
                  {.name = "", .x = {0, 0.2, 0.4, 0.6, 1}, .y = {0, 0.1, nan, 0.2, 0.3}},
                  {.name = "dots",
                   .x = {0.5},
                   .y = {0.5},
                   .style = io::SeriesStyle::points,
                   .color = 2,
                   .radius = {7}}}});
  CHECK(has(svg, "<title>a &lt; b</title>"));
  CHECK(has(svg, ">x &amp; y</text>"));
  CHECK(count(svg, "&lt;i&gt;") == 1);
  // From (0, 0) at the lower left over the middle of the upper edge to the lower right.
  CHECK(has(svg, "d=\"M62.0 284.0L248.0 34.0L434.0 284.0\""));
  CHECK(has(svg, "cx=\"248.0\" cy=\"159.0\" r=\"7.0\""));
  const auto broken = svg.find("<path", svg.find("<path") + 1);
  CHECK(count(svg.substr(broken, svg.find('>', broken) - broken), "M") == 2);
  CHECK_FALSE(has(svg, "nan"));
  CHECK_FALSE(has(svg, "inf"));
  CHECK(count(svg, "<svg") == count(svg, "</svg>"));
}

TEST_CASE("svg_line_chart: points that fall on one pixel are one step") {
  io::ChartSeries series{.name = "curve"};
  for (int i = 0; i <= 100000; ++i) {
    series.x.push_back(i / 100000.0);
    series.y.push_back(i / 100000.0);
  }
  CHECK(io::svg_line_chart({.series = {series}}).size() < 80'000);
}

TEST_CASE("svg_line_chart: nothing to draw is an empty frame") {
  const std::string svg = io::svg_line_chart({.title = "empty", .series = {{.name = "none"}}});
  CHECK(count(svg, "<path") == 0);
  CHECK(has(svg, ">none</text>"));
}

TEST_CASE("svg_bar_chart: a bar in proportion, within its track") {
  const std::vector<io::ChartBar> bars{{"a", 0.25, "25%"},
                                       {"b&c", 2, "100%"},
                                       {"d", std::numeric_limits<double>::quiet_NaN(), "none"}};
  const std::string svg = io::svg_bar_chart("density", bars);
  CHECK(count(svg, "class=\"track\"") == 3);
  CHECK(has(svg, "b&amp;c"));
  // 460 wide, without 12 + 8.2 * 3 for the names and 12 + 8.2 * 4 for the texts.
  CHECK(count(svg, "width=\"378.60\"") == 4);
  CHECK(count(svg, "width=\"94.65\"") == 1);
  CHECK(count(svg, "width=\"0.00\"") == 1);
}
