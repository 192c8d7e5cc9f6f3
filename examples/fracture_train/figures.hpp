// The pictures of a run.
#pragma once

#include "results.hpp"

namespace fracture {

/// Fails before hours of training if a figure could not be drawn after them.
void check_figures_can_be_drawn();

/// class_distribution.png, samples.png, curves.png, confusion_matrix.png and layer_density.png.
void draw_figures(const Options& options, const Images& images, const Results& results);

}  // namespace fracture
