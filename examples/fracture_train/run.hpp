// One experiment, from images that are split to a report.
#pragma once

#include "images.hpp"
#include "options.hpp"
#include "results.hpp"

namespace fracture {

/// Prunes, trains, keeps the best model, chooses its decision rule on the validation images, and
/// only then looks at the test images. Everything is written into options.out.
Results run(const Options& options, const Images& images);

/// The scores of the saved model options.evaluate on the split at hand; writes nothing.
Results evaluate_saved(const Options& options, const Images& images);

}  // namespace fracture
