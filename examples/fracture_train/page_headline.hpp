// The head of the page: what was trained, the one figure to trust, and what speaks against it.
#pragma once

#include "page_parts.hpp"

#include <string>
#include <string_view>

namespace fracture::detail {

/// The accuracy that says something: over images that training has not seen in any form.
inline std::string headline_figure(const PartScores& scored) {
  if (scored.related == 0)
    return concat("<p class=\"headline\">", shown(scored.accuracy), " <span>", scored.name,
                  " accuracy</span></p>\n<p>", interval(scored.accuracy, "95&nbsp;% interval: "),
                  " over ", scored.images, " images in ", scored.groups,
                  " groups of related ones; no image is related to one that was trained on. Always "
                  "answering the larger class would give ",
                  shown(scored.majority), ".</p>\n");
  if (scored.unrelated_images == 0)
    return concat("<p class=\"headline\">No figure to trust</p>\n<p>Every ", scored.name,
                  " image is related to a training image.</p>\n");
  const std::string these = concat(scored.unrelated_images, " of ", scored.images, ' ', scored.name,
                                   " images that no training image is related to");
  const std::string mix = concat(" (", escape(scored.unrelated_classes), ")");
  if (!scored.unrelated_are_enough)
    return concat(
        "<p class=\"headline\">Too few images to tell <span>", these,
        "</span></p>\n<p>The other images were trained on, in one form or another, and these", mix,
        " are fewer than ten, or of one class alone: the network got ", shown(scored.unrelated),
        " of them right, which tells nothing.</p>\n");
  return concat("<p class=\"headline\">", shown(scored.unrelated), " <span>accuracy on the ", these,
                "</span></p>\n<p>", interval(scored.unrelated, "95&nbsp;% interval: "),
                ". Always answering the larger class of these", mix, " would give ",
                shown(scored.unrelated_majority), ".</p>\n");
}

inline std::string warnings(const Page& page) {
  const PartScores& scored = page.scores.back();
  std::string text;
  const auto warn = [&](const std::string& what) {
    text += concat("<p class=\"warning\" role=\"alert\">", what, "</p>\n");
  };
  if (scored.related > 0)
    warn(concat(
        "<strong>This split leaks.</strong> ", scored.same, " of the ", scored.images, ' ',
        scored.name, " images also stand in the training part, byte for byte; ", scored.related,
        " are related to a training image (turned, saved again, or of the same source). The "
        "accuracy over all of them, ",
        shown(scored.accuracy),
        ", measures memory. <code>--split grouped</code> keeps related images on one "
        "side."));
  const Figure& judged = scored.related > 0 ? scored.unrelated : scored.accuracy;
  const Figure& baseline = scored.related > 0 ? scored.unrelated_majority : scored.majority;
  if ((scored.related == 0 || scored.unrelated_are_enough) && judged.lower <= baseline.value)
    warn(concat("The interval reaches down to what always answering the larger class would give, ",
                shown(baseline), ": these images do not show that the network knows more."));
  if (page.scores.size() == 1)
    warn(
        "There is no test part. The figure is of the validation images, by which the best epoch, "
        "the temperature and the thresholds were chosen: that flatters it.");
  if (page.drawn)
    warn(
        "The radiographs are drawn by code. The figure says that the program works, and nothing "
        "about patients.");
  if (page.interrupted)
    warn(
        "The run was interrupted; this is the best model until then. <code>--resume</code> goes "
        "on.");
  return text;
}

inline constexpr std::string_view contents = R"html(<nav><a href="#audit">data</a>
<a href="#samples">samples</a> <a href="#curves">curves</a> <a href="#scores">right and wrong</a>
<a href="#ranking">ROC</a> <a href="#reliability">reliability</a> <a href="#density">density</a>
<a href="#sizes">sizes</a> <a href="#mistakes">mistakes</a>
<a href="#reproduction">to do it again</a></nav>
)html";

inline std::string headline(const Page& page) {
  return concat("<header id=\"headline\">\n<h1>", escape(page.network), " on ", escape(page.source),
                "</h1>\n<p>", escape(page.pruning), "</p>\n", headline_figure(page.scores.back()),
                warnings(page), contents, "</header>\n");
}

}  // namespace fracture::detail
