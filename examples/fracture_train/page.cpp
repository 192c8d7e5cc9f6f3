#include "page.hpp"

#include <osteon/core/error.hpp>
#include <osteon/io/html.hpp>

#include "page_headline.hpp"
#include "page_parts.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string_view>

namespace fracture {
namespace {

std::string audit_table(const std::vector<Figure>& figures) {
  std::string text = "<div class=\"scroll\"><table>\n";
  for (const Figure& figure : figures)
    text += concat("<tr><th scope=\"row\">", escape(figure.name), "</th>", cell(shown(figure)),
                   "</tr>\n");
  return text + "</table></div>\n";
}

constexpr std::string_view drawn_alone =
    "<p>The radiographs were drawn by code, each on its own: there are no files to audit.</p>\n";

std::string audit(const Page& page) {
  std::string text = page.drawn ? std::string(drawn_alone) : audit_table(page.audit);
  if (!page.drawn && !page.faults.empty()) text += table(page.faults);
  text += concat("<h3>What the split did</h3>\n<p>", page.split, "</p>\n");
  text += "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">part</th>";
  for (const std::string& name : page.classes) text += column(name);
  text += column("all") + column("also in training, byte for byte") +
          column("related to a training image") + "</tr></thead>\n<tbody>\n";
  for (const PartOfSplit& part : page.parts) {
    text += concat("<tr><th scope=\"row\">", part.name, "</th>");
    for (const std::size_t count : part.per_class) text += cell(concat(count));
    text +=
        cell(concat(part.images)) + cell(shown(part.same)) + cell(shown(part.related)) + "</tr>\n";
  }
  return section("audit", "The data, audited", text + "</tbody></table></div>\n");
}

std::string samples(const Page& page) {
  std::string text = "<p>Training images as the network sees them, drawn by chance.</p>\n";
  for (std::size_t k = 0; k < page.samples.size(); ++k)
    text += concat("<h3>", escape(page.classes[k]), "</h3>\n", sample_row(page.samples[k]));
  return section("samples", "Samples", text);
}

std::string curves(const Page& page) {
  if (page.curves.empty())
    return section("curves", "Learning curves", "<p>No epoch was completed in this run.</p>\n");
  return section("curves", "Learning curves", charts(page.curves));
}

/// Rows are the truth, columns the answer; the shade is the share of the row.
std::string confusion(const Page& page, const PartScores& part) {
  std::string text = concat("<figure><figcaption>", part.name,
                            ": truth by row, answer by column</figcaption>\n<table "
                            "class=\"confusion\">\n<thead><tr><th></th>");
  for (const std::string& name : page.classes) text += column(name);
  text += "</tr></thead>\n<tbody>\n";
  for (std::size_t truth = 0; truth < page.classes.size(); ++truth) {
    text += concat("<tr><th scope=\"row\">", escape(page.classes[truth]), "</th>");
    double total = 0;
    for (const auto count : part.confusion[truth]) total += static_cast<double>(count);
    for (std::size_t k = 0; k < page.classes.size(); ++k) {
      const auto count = static_cast<double>(part.confusion[truth][k]);
      const double share = total > 0 ? count / total : 0;
      text += concat(
          "<td class=\"number ", truth == k ? "right" : "wrong",
          "\" style=\"--share:", io::to_fixed(100 * share, 1), "%\"><strong>",
          datum(concat(part.key, ".confusion.", truth, '.', k), count, io::to_fixed(count, 0)),
          "</strong><br>", io::to_fixed(100 * share, 1), "&nbsp;%</td>");
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></figure>\n";
}

std::string scores(const Page& page) {
  std::string text = "<div class=\"side\">\n";
  for (const PartScores& part : page.scores) text += confusion(page, part);
  if (page.scores.size() == 1) text += "<p>There is no test part.</p>\n";
  text +=
      concat("</div>\n<h3>Scores</h3>\n<p>The positive class is ", escape(page.positive),
             ". Intervals: 95&nbsp;%, by the bootstrap over groups of related images; where all "
             "groups are right, or all wrong, exact ones (Clopper and Pearson).</p>\n<div "
             "class=\"scroll\"><table>\n<thead><tr><th></th>");
  for (const PartScores& part : page.scores) text += column(part.name);
  text += "</tr></thead>\n<tbody>\n";
  const auto row = [&](const auto& figure_of) {
    text += concat("<tr><th scope=\"row\">", escape(figure_of(page.scores.front()).name), "</th>");
    for (const PartScores& part : page.scores) {
      const Figure& figure = figure_of(part);
      const std::string bounds = interval(figure, "");
      text += cell(shown(figure) + (bounds.empty() ? "" : "<br><small>" + bounds + "</small>"));
    }
    text += "</tr>\n";
  };
  row([](const PartScores& part) -> const Figure& { return part.accuracy; });
  row([](const PartScores& part) -> const Figure& { return part.majority; });
  for (std::size_t i = 0; i < page.scores.front().figures.size(); ++i)
    row([i](const PartScores& part) -> const Figure& { return part.figures[i]; });
  return section("scores", "Right and wrong", text + "</tbody></table></div>\n");
}

std::string ranking(const Page& page) {
  std::string text =
      concat("<p>The probability of ", escape(page.positive),
             " at every threshold; the grey dashes are what chance would give. The marks are two "
             "operating points, chosen on the validation images for 95&nbsp;% there.</p>\n",
             charts(page.ranking), "<h3>Operating points</h3>\n<div class=\"scroll\"><table>\n",
             "<thead><tr><th></th>", column("threshold"), column("sensitivity"),
             column("specificity"), "</tr></thead>\n<tbody>\n");
  for (const PartScores& part : page.scores)
    for (const ThresholdScores& at : part.thresholds)
      text += concat("<tr><th scope=\"row\">", part.name, ", for 95&nbsp;% ", at.goal, "</th>",
                     cell(shown(at.threshold) +
                          (at.reached ? "" : "<br><small>not reached in validation</small>")),
                     cell(shown(at.sensitivity)), cell(shown(at.specificity)), "</tr>\n");
  return section("ranking", "ROC and precision-recall", text + "</tbody></table></div>\n");
}

std::string reliability(const Page& page) {
  return section(
      "reliability", "Do the probabilities mean what they say?",
      concat("<p>", escape(page.temperature),
             " On the dashed diagonal, of the images that are given 80&nbsp;% just 80&nbsp;% are "
             "positive. The larger a mark, the more images it stands for; small ones say little."
             "</p>\n",
             charts({&page.reliability, 1})));
}

std::string sizes(const Page& page) {
  std::string text = "<div class=\"scroll\"><table>\n<thead><tr><th></th>" +
                     column("before pruning") + column("after") + column("left") +
                     "</tr></thead>\n<tbody>\n";
  for (const Size& size : page.sizes)
    text += concat("<tr><th scope=\"row\">", escape(size.name), "</th>", cell(shown(size.before)),
                   cell(shown(size.after)),
                   cell(io::to_fixed(100 * size.after.value / size.before.value, 2) + "&nbsp;%"),
                   "</tr>\n");
  text +=
      "</tbody></table></div>\n<p>The model file stores removed weights as zeros, so it does not "
      "shrink, and "
      "a dense network multiplies by them all the same.</p>\n";
  return section("sizes", "Parameters, multiply-accumulates, bytes", text);
}

std::string density(const Page& page) {
  return section(
      "density", "Density of each layer",
      page.layers.empty()
          ? "<p>Nothing was pruned: every layer has all its weights.</p>\n"
          : concat("<p>The share of each layer's weights that is left.</p>\n<div "
                   "class=\"charts\"><figure>",
                   io::svg_bar_chart("Density of each layer", page.layers), "</figure></div>\n"));
}

std::string mistakes(const Page& page) {
  const std::string& part = page.scores.back().name;
  if (page.worst_mistakes.empty())
    return section("mistakes", "The most confident mistakes",
                   concat("<p>The network got every ", part, " image right.</p>\n"));
  return section(
      "mistakes", "The most confident mistakes",
      concat("<p>Of ", page.mistakes, " wrong answers to ", part, " images, the ",
             page.worst_mistakes.size(),
             " that the network is surest of, one of each group of related images. Look here for "
             "wrong labels and for what misleads it.</p>\n",
             pictures(page.worst_mistakes)));
}

std::string reproduction(const Page& page) {
  return section("reproduction", "To do it again",
                 "<pre class=\"command\">" + escape(page.command) + "</pre>\n" + table(page.facts));
}

}  // namespace

std::string to_html(const Page& page) {
  const std::string title = concat("fracture_train: ", page.network, " on ", page.source);
  return io::html_page(
      title, concat(io::chart_style, style),
      concat(detail::headline(page), "<main>\n", audit(page), samples(page), curves(page),
             scores(page), ranking(page), reliability(page), density(page), sizes(page),
             mistakes(page), reproduction(page), "</main>\n"));
}

std::string to_html(const FoldsPage& page) {
  const std::size_t folds = page.figures.front().values.size();
  const std::string title = concat("Cross-validation on ", page.source);
  std::string text =
      concat("<h1>", escape(title), "</h1>\n<p>The test parts of ", folds,
             " folds: mean, standard deviation, and each fold.</p>\n",
             page.split == "stratified"
                 ? "<p class=\"warning\">The files were dealt out by chance, so related "
                   "images may stand on both sides: each fold's page says how many do. "
                   "<code>--split grouped</code> keeps them on one.</p>\n"
                 : "",
             "<div class=\"scroll\"><table>\n<thead><tr><th></th>", column("mean"), column("std"));
  for (std::size_t k = 0; k < folds; ++k)
    text += concat("<th class=\"number\" scope=\"col\"><a href=\"fold-", k, "/report.html\">fold ",
                   k, "</a></th>");
  text += "</tr></thead>\n<tbody>\n";
  for (const FoldFigure& figure : page.figures) {
    const auto number = [&](const std::string& key, double value) {
      return cell(datum(concat("test.", figure.name, '.', key), value, io::to_fixed(value, 4)));
    };
    text += concat("<tr><th scope=\"row\">", escape(figure.name), "</th>",
                   number("mean", figure.mean), number("std", figure.deviation));
    for (std::size_t k = 0; k < folds; ++k) text += number(concat("folds.", k), figure.values[k]);
    text += "</tr>\n";
  }
  text += concat("</tbody></table></div>\n<h2>The data, audited</h2>\n",
                 page.audit.empty() ? std::string(drawn_alone) : audit_table(page.audit),
                 "<h2>To do it again</h2>\n<pre class=\"command\">", escape(page.command),
                 "</pre>\n", table(page.facts));
  return io::html_page(title, style, text);
}

}  // namespace fracture
