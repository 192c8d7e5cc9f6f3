// Definitions of curves.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/gnuplot.hpp>
#include <osteon/train/figures/curves.hpp>
#include <osteon/train/figures/style.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace osteon::train {

OSTEON_INLINE void plot_curves(const std::filesystem::path& path,
                               std::span<const EpochRecord> history, int best_epoch) {
  using namespace detail;
  require(!history.empty(), "there are no epochs whose curves could be plotted");
  std::string script = concat(figure_style, "$history << END\n");
  const EpochRecord* best = nullptr;
  for (const EpochRecord& record : history) {
    script += concat(record.epoch, ' ', record.train_loss, ' ', record.val_loss, ' ',
                     100 * record.train_accuracy, ' ', 100 * record.val_accuracy, '\n');
    if (record.epoch == best_epoch) best = &record;
  }
  script += "END\n";
  std::string title = "Training";
  if (best != nullptr) {
    title += concat(": epoch ", best_epoch, " is the best (validation loss ",
                    format_number("%.4f", best->val_loss), ", accuracy ",
                    format_number("%.2f %%", 100 * best->val_accuracy), ")");
  }
  const int first = history.front().epoch, last = history.back().epoch;
  script += concat("set multiplot layout 1,2 title '", title, "' font ',18' textcolor rgb '", ink,
                   "'\nset xlabel 'epoch' textcolor rgb '", ink, "'\nset xrange [", first,
                   "-0.5:", last, "+0.5]\nset xtics ", (last - first) / 15 + 1,
                   "\nset offsets 0,0,graph 0.06,graph 0.04\n", "set bmargin at screen 0.16\n");
  // Points only while they don't crowd the line.
  const std::string_view style = history.size() <= 40
                                     ? "with linespoints pointtype 7 pointsize 0.7 linewidth 1.6"
                                     : "with lines linewidth 1.6";
  const auto panel = [&](std::string_view heading, std::string_view unit, int column,
                         double best_value, double centre) {
    script += concat("unset label\nunset arrow\n", title_command(heading, 14), "set key at screen ",
                     centre, ",0.04 center horizontal samplen 2\nset ylabel '", unit,
                     "' textcolor rgb '", ink, "'\n");
    if (best != nullptr) {
      script += concat("set arrow from ", best_epoch, ", graph 0 to ", best_epoch,
                       ", graph 1 nohead back dashtype 2 linecolor rgb '", quiet_ink, "'\n");
    }
    script += concat("plot $history using 1:", column, ' ', style, " linecolor rgb '",
                     series_colour(0), "' title 'training', $history using 1:", column + 1, ' ',
                     style, " linecolor rgb '", series_colour(1), "' title 'validation'");
    if (best != nullptr) {
      script += concat(", '+' using (", best_epoch, "):(", best_value,
                       ") every ::0::0 with points pointtype 6 pointsize 2.2 linewidth 1.6 "
                       "linecolor rgb '",
                       ink, "' notitle");
    }
    script += '\n';
  };
  panel("Loss", "cross-entropy", 2, best != nullptr ? best->val_loss : 0, 0.27);
  panel("Accuracy", "% of images", 4, best != nullptr ? 100 * best->val_accuracy : 0, 0.77);
  io::render_png(path, script + "unset multiplot\n");
}

}  // namespace osteon::train
