// A page of HTML that needs no other file: it opens offline, on a phone, on paper and in the dark.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace osteon::io {

/// A number with so many digits after the point.
[[nodiscard]] std::string to_fixed(double value, int decimals);

/// `text` as HTML or XML in which nothing is markup, between tags and within quotes.
[[nodiscard]] std::string html_escape(std::string_view text);

/// RFC 4648, with padding.
[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);

/// A PNG file as the src of an <img>.
[[nodiscard]] inline std::string png_uri(std::span<const std::uint8_t> png) {
  return "data:image/png;base64," + base64(png);
}

/// What every page looks like. Colours are variables, so that charts follow the page; on paper they
/// are the light ones. Tables and text that may be too wide scroll within a <div class="scroll">.
inline constexpr std::string_view html_style = R"css(
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2125; --muted: #59616a; --line: #d3d8dd;
  --shade: #f3f5f7; --series-1: #0b66b5; --series-2: #bf4d00; --warning: #a3140c;
  --warning-shade: #fdeeec; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e4e7ea;
  --muted: #a1a9b1; --line: #3b424a; --shade: #1f2429; --series-1: #62b5f7; --series-2: #f2994a;
  --warning: #ff9c92; --warning-shade: #371a18; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; -webkit-text-size-adjust: 100%; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .5rem; padding-top: .6rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p { max-width: 46rem; margin: .4rem 0 .8rem; }
a { color: var(--series-1); }
pre { background: var(--shade); padding: .8rem 1rem; overflow-x: auto; font-size: .85rem; }
code { white-space: nowrap; }
img { display: block; max-width: 100%; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figcaption { font-size: .85rem; color: var(--muted); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .4rem 0 1rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .9rem .25rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
tbody th { font-weight: 400; }
tr { break-inside: avoid; }
td.number { text-align: right; white-space: nowrap; }
th.number { text-align: right; max-width: 10rem; }
@media (max-width: 40rem) { table { font-size: .9rem; } th, td { padding-right: .6rem; } }
@media print { body { font-size: 11pt; max-width: none; padding: 0; } nav { display: none; }
  pre { white-space: pre-wrap; } .scroll { overflow: visible; } table { font-size: 9.5pt; }
  h2, h3 { break-after: avoid; } }
)css";

/// A whole page. `title` is plain text; `style`, added to html_style, and `body` are markup.
[[nodiscard]] std::string html_page(std::string_view title, std::string_view style,
                                    std::string_view body);

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/html.ipp>
#endif
