#include "page.hpp"

#include <osteon/data/decode.hpp>
#include <osteon/data/png.hpp>
#include <osteon/data/resize.hpp>
#include <osteon/io/atomic_file.hpp>
#include <osteon/io/html.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fracture {
namespace {

using namespace osteon;

/// The picture as a data: URI, its longer side at most 160 pixels.
std::string picture(const std::filesystem::path& path) {
  const data::Image image = data::decode(path).rgb;
  require(!image.empty(), "cannot decode ", path.string(), " again: it has changed meanwhile");
  const double scale = std::min(1.0, 160.0 / std::max(image.width, image.height));
  const auto side = [&](int pixels) { return std::max(1, static_cast<int>(pixels * scale + 0.5)); };
  return io::png_uri(data::encode_png(data::resize(image, side(image.width), side(image.height))));
}

constexpr std::string_view style = R"css(
.pairs { display: flex; flex-wrap: wrap; gap: 1em; }
.pairs figure { padding: .6em; border: 1px solid var(--line); display: grid; gap: .6em;
  grid-template-columns: 1fr 1fr; width: 352px; max-width: 100%; font-size: 12px;
  overflow-wrap: anywhere; }
.pairs figcaption { grid-column: 1 / 3; }
)css";

struct Pair {
  std::size_t first, second;
  std::string caption;
  float similarity = 1;
};

/// `limit` of the pairs, the least alike first. Pairs of images that are not shown yet come before
/// others: one radiograph with forty views would fill the page.
std::vector<Pair> chosen(std::span<const Pair> pairs, std::size_t limit) {
  std::vector<std::size_t> order(pairs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto least_alike_first = [&] {
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(pairs[i].similarity, i); });
  };
  least_alike_first();
  std::vector<std::size_t> fresh, others;
  std::set<std::size_t> seen;
  for (const std::size_t i : order) {
    const bool is_new = !seen.contains(pairs[i].first) && !seen.contains(pairs[i].second);
    (is_new ? fresh : others).push_back(i);
    if (is_new) seen.insert({pairs[i].first, pairs[i].second});
  }
  order = std::move(fresh);
  order.insert(order.end(), others.begin(), others.end());
  order.resize(std::min(limit, order.size()));
  least_alike_first();
  std::vector<Pair> result;
  for (const std::size_t i : order) result.push_back(pairs[i]);
  return result;
}

class Page {
 public:
  Page(const Findings& findings, std::size_t limit) : f_(findings), limit_(limit) {}

  void section(std::string_view title, std::string_view explanation, std::span<const Pair> pairs) {
    text_ += concat("<h2>", title, ": ", pairs.size(), "</h2>\n<p>", explanation, "</p>\n");
    if (pairs.size() > limit_)
      text_ += concat("<p>", limit_,
                      " of them, the least alike first; each image once, as "
                      "long as there are others:</p>\n");
    text_ += "<div class=\"pairs\">\n";
    for (const Pair& pair : chosen(pairs, limit_)) {
      text_ += "<figure>";
      for (const std::size_t i : {pair.first, pair.second})
        text_ += concat("<div><img alt=\"\" src=\"", picture(f_.folder.root / f_.path(i)),
                        "\"><br>", io::html_escape(f_.path(i)), "</div>");
      text_ += concat("<figcaption>", pair.caption, "</figcaption></figure>\n");
    }
    text_ += "</div>\n";
  }

  [[nodiscard]] std::string finish() const {
    const std::string title = "Audit of " + f_.folder.root.string();
    return io::html_page(title, style,
                         concat("<h1>", io::html_escape(title), "</h1>\n<pre>",
                                io::html_escape(summary(f_)), "</pre>\n", text_));
  }

 private:
  const Findings& f_;
  std::size_t limit_;
  std::string text_;
};

Pair near_pair(const Findings& f, std::size_t i) {
  const data::NearRepeat& pair = f.audit.near_repeats[i];
  return {pair.first, pair.second,
          concat("similarity ", io::to_fixed(pair.alignment.similarity, 3), ", agreement ",
                 io::to_fixed(pair.agreement, 2), "; turned by ",
                 io::to_fixed(pair.alignment.degrees, 0), "&deg;",
                 pair.alignment.mirrored ? ", mirrored" : ""),
          pair.alignment.similarity};
}

std::vector<Pair> near_pairs(const Findings& f, const std::vector<std::size_t>& which) {
  std::vector<Pair> pairs;
  for (const std::size_t i : which) pairs.push_back(near_pair(f, i));
  return pairs;
}

/// Each conflicting picture with the first file of it under another class.
std::vector<Pair> conflicts(const Findings& f) {
  std::vector<Pair> pairs;
  for (const std::size_t first : f.audit.conflicting) {
    std::size_t other = first;
    while (f.audit.files[other].picture != first ||
           f.folder.samples[other].label == f.folder.samples[first].label)
      ++other;
    pairs.push_back({first, other, "the same pixels"});
  }
  return pairs;
}

/// Each file whose pixels also stand in an earlier part.
std::vector<Pair> published_twice(const Findings& f) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < f.audit.files.size(); ++i) {
    const data::AuditedFile& file = f.audit.files[i];
    if (file.readable() && f.folder.samples[i].part != f.folder.samples[file.picture].part)
      pairs.push_back({file.picture, i,
                       file.content == f.audit.files[file.picture].content ? "the same bytes"
                                                                           : "the same pixels"});
  }
  return pairs;
}

/// For each pair of groups of names, the closest pair that names do not tell.
std::vector<std::size_t> closest_of_sources(const Findings& f,
                                            const std::vector<std::size_t>& which) {
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> best;
  for (const std::size_t i : which) {
    const data::NearRepeat& pair = f.audit.near_repeats[i];
    const auto sources =
        std::minmax(f.audit.files[pair.first].source, f.audit.files[pair.second].source);
    const auto [entry, is_new] = best.try_emplace(sources, i);
    if (!is_new &&
        f.audit.near_repeats[entry->second].alignment.similarity < pair.alignment.similarity)
      entry->second = i;
  }
  std::vector<std::size_t> result;
  for (const auto& [sources, i] : best) result.push_back(i);
  return result;
}

std::vector<std::size_t> across_parts(const Findings& f, const std::vector<std::size_t>& which) {
  std::vector<std::size_t> result;
  for (const std::size_t i : which) {
    const data::NearRepeat& pair = f.audit.near_repeats[i];
    if (f.folder.samples[pair.first].part != f.folder.samples[pair.second].part)
      result.push_back(i);
  }
  return result;
}

}  // namespace

void write_page(const std::filesystem::path& path, const Findings& f, std::size_t pairs) {
  std::vector<std::size_t> all(f.audit.near_repeats.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Page page(f, pairs);
  page.section("One picture under two classes", "One of the labels is wrong.", conflicts(f));
  page.section("Near repeats under two classes",
               "One label is wrong, or the two only look alike: look at them.",
               near_pairs(f, f.conflicting));
  page.section("Published in two parts",
               "Whoever trains on the one part has seen this file of the other.",
               published_twice(f));
  page.section("Near repeats in two parts",
               "The same, turned, mirrored or saved again; repeats of either are left out.",
               near_pairs(f, across_parts(f, all)));
  page.section("Near repeats under unrelated names",
               "The closest pair of each two sources: file names would not have told.",
               near_pairs(f, closest_of_sources(f, f.unnamed)));
  page.section("All near repeats",
               "Where the least alike do not show one radiograph each, ask for a higher "
               "--similarity.",
               near_pairs(f, all));
  io::write_file(path, page.finish());
}

}  // namespace fracture
