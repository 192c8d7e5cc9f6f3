// What the sections of the page are made of.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/html.hpp>
#include <osteon/io/svg_chart.hpp>

#include "page.hpp"

#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace fracture {

namespace io = osteon::io;
using osteon::concat;

inline constexpr std::string_view style = R"css(
.headline { font-size: 2.6rem; font-weight: 700; line-height: 1.15; margin: 1rem 0 .3rem; }
.headline span { display: block; font-size: 1.1rem; font-weight: 400; line-height: 1.4;
  color: var(--muted); }
.facts td { overflow-wrap: anywhere; }
.command { white-space: pre-wrap; overflow-wrap: anywhere; }
@media screen { nav { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; } }
tbody th { min-width: 7rem; }
.warning { border-left: 4px solid var(--warning); background: var(--warning-shade);
  padding: .6rem .9rem; }
.warning strong { color: var(--warning); }
.charts, .side { display: grid; gap: 1.2rem 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.charts figure { max-width: 36rem; }
.charts figcaption { font-weight: 600; color: var(--ink); }
.pictures { display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); }
.samples { gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(5rem, 1fr)); }
.pictures img { width: 100%; aspect-ratio: 1; background: #000; }
.confusion td { width: 7rem; background: color-mix(in srgb, var(--shade), var(--c) var(--share));
  padding: .6rem; border: 2px solid var(--paper); print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.confusion .right { --c: color-mix(in srgb, var(--series-1) 45%, var(--paper)); }
.confusion .wrong { --c: color-mix(in srgb, var(--series-2) 45%, var(--paper)); }
)css";

inline std::string escape(std::string_view text) { return io::html_escape(text); }

/// A number as it is shown and, exactly, as metrics.json has it under `key`: nothing unless finite.
inline std::string datum(std::string_view key, double value, std::string_view text) {
  char exact[32] = "";
  if (std::isfinite(value)) std::snprintf(exact, sizeof exact, "%.17g", value);
  return concat("<data data-key=\"", key, "\" value=\"", exact, "\">",
                std::isfinite(value) ? text
                : std::isnan(value)  ? std::string_view("not defined")
                                     : std::string_view("&infin;"),
                "</data>");
}

/// 11167936 as 11 167 936, with spaces that no line is broken at.
inline std::string grouped_digits(double value) {
  std::string text = io::to_fixed(value, 0);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), "&nbsp;");
  return text;
}

/// A dash where there is no figure.
inline std::string shown(const Figure& figure) {
  if (figure.key.empty()) return "&ndash;";
  const double value = figure.value;
  return datum(figure.key, value,
               figure.unit == Unit::share   ? io::to_fixed(100 * value, 1) + "&nbsp;%"
               : figure.unit == Unit::count ? grouped_digits(value)
                                            : io::to_fixed(value, 4));
}

/// "83.1 to 90.5 %" behind `before`; empty where the figure has no interval.
inline std::string interval(const Figure& figure, std::string_view before) {
  if (figure.ci95_key.empty()) return "";
  if (std::isnan(figure.lower)) return concat(before, "not defined: too few groups, or all alike");
  const bool percent = figure.unit == Unit::share;
  const double unit = percent ? 100 : 1;
  const int digits = percent ? 1 : 3;
  return concat(
      before,
      datum(figure.ci95_key + ".0", figure.lower, io::to_fixed(unit * figure.lower, digits)),
      " to ",
      datum(figure.ci95_key + ".1", figure.upper, io::to_fixed(unit * figure.upper, digits)),
      percent ? "&nbsp;%" : "");
}

inline std::string cell(std::string_view content) {
  return concat("<td class=\"number\">", content, "</td>");
}
inline std::string column(std::string_view name) {
  return concat("<th class=\"number\" scope=\"col\">", escape(name), "</th>");
}

inline std::string section(std::string_view id, std::string_view title, std::string_view content) {
  return concat("<section id=\"", id, "\">\n<h2>", title, "</h2>\n", content, "</section>\n");
}

inline std::string charts(std::span<const io::LineChart> all) {
  std::string text = "<div class=\"charts\">\n";
  for (const io::LineChart& chart : all)
    text += concat("<figure><figcaption>", escape(chart.title), "</figcaption>\n",
                   io::svg_line_chart(chart), "</figure>\n");
  return text + "</div>\n";
}

inline std::string pictures(std::span<const Picture> all) {
  std::string text = "<div class=\"pictures\">\n";
  for (const Picture& picture : all)
    text += concat("<figure><img alt=\"", escape(picture.path), "\" src=\"", picture.uri,
                   "\"><figcaption>", escape(picture.caption), "<br>", escape(picture.path),
                   "</figcaption></figure>\n");
  return text + "</div>\n";
}

/// Without words: the path shows when it is pointed at.
inline std::string sample_row(std::span<const Picture> all) {
  std::string text = "<div class=\"pictures samples\">\n";
  for (const Picture& picture : all)
    text += concat("<img alt=\"", escape(picture.path), "\" title=\"", escape(picture.path),
                   "\" src=\"", picture.uri, "\">\n");
  return text + "</div>\n";
}

inline std::string table(std::span<const Fact> facts) {
  std::string text = "<div class=\"scroll\"><table class=\"facts\">\n";
  for (const Fact& fact : facts)
    text += concat("<tr><th scope=\"row\">", escape(fact.name), "</th><td>", escape(fact.text),
                   "</td></tr>\n");
  return text + "</table></div>\n";
}

}  // namespace fracture
