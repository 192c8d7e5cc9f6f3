// Definitions of confusion_matrix.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/gnuplot.hpp>
#include <osteon/train/figures/confusion_matrix.hpp>
#include <osteon/train/figures/style.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace osteon::train {

OSTEON_INLINE void plot_confusion_matrix(const std::filesystem::path& path,
                                         const ConfusionMatrix& matrix,
                                         std::span<const std::string> names,
                                         std::string_view part) {
  using namespace detail;
  require_names(matrix, names);
  const std::size_t classes = names.size();
  const int count_size = classes <= 4 ? 24 : classes <= 8 ? 16 : 10;
  std::string cells = "$cells << END\n", labels, tics;
  for (std::size_t truth = 0; truth < classes; ++truth) {
    tics += concat(truth == 0 ? "" : ", ", io::gnuplot_string(names[truth]), ' ', truth);
    for (std::size_t k = 0; k < classes; ++k) {
      const std::int64_t row = matrix.support(truth);
      const double share =
          row == 0 ? 0 : 100 * static_cast<double>(matrix(truth, k)) / static_cast<double>(row);
      const double x = static_cast<double>(k), y = static_cast<double>(truth);
      cells += concat(x, ' ', y, ' ', share, '\n');
      const std::string_view colour = share > 50 ? "white" : ink;
      labels +=
          label_command(format_count(matrix(truth, k)), x, y, colour,
                        concat("center offset 0,", 0.03 * count_size, " font ',", count_size, "'"));
      labels += label_command(format_percent(matrix(truth, k), row), x, y, colour,
                              concat("center offset 0,", -0.045 * count_size, " font ',",
                                     std::max(8, count_size / 2 + 2), "'"));
    }
  }
  const std::string title =
      concat("Confusion matrix: accuracy ", format_number("%.2f %%", 100 * matrix.accuracy()),
             " of ", format_count(matrix.total()), part.empty() ? "" : " ", part, " images");
  const std::string edge = concat(classes - 1, ".5");
  const int side = std::clamp(static_cast<int>(classes) * 90, 640, 1600);
  io::render_png(
      path,
      concat(figure_style, cells, "END\n", labels,
             "unset key\nunset grid\nunset colorbox\nset size ratio -1\n",
             "set palette defined (0 '#f4f7fb', 0.5 '#8fb1d6', 1 '#1f4e86')\nset cbrange [0:100]\n",
             "set border 15 linecolor rgb '#cccccc'\nset xtics (", tics, ") noenhanced scale 0",
             classes > 6 ? " rotate by 45 right" : "", "\nset ytics (", tics,
             ") noenhanced scale 0\nset xrange [-0.5:", edge, "]\nset yrange [", edge,
             ":-0.5]\nset xlabel \"predicted class",
             "\\n{/=11 percentages are shares of the true class}\" font ',15' textcolor rgb '", ink,
             "'\nset ylabel 'true class' font ',15' textcolor rgb '", ink, "'\n",
             title_command(title), "do for [i=1:", classes - 1,
             "] {\n  set arrow from i-0.5,graph 0 to i-0.5,graph 1 nohead front linecolor rgb "
             "'white'\n",
             "  set arrow from graph 0,first i-0.5 to graph 1,first i-0.5 nohead front ",
             "linecolor rgb 'white'\n}\n", "plot $cells using 1:2:3 with image pixels\n"),
      {.width = side + 220, .height = side + 170});
}

}  // namespace osteon::train
