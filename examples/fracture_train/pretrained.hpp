// Starting from pretrained weights instead of random ones.
#pragma once

#include "images.hpp"
#include "network.hpp"
#include "options.hpp"
#include "results.hpp"

namespace fracture {

/// Loads options.weights, says what became of each tensor, and measures batch normalisation that
/// was folded into the weights again, on training images.
osteon::io::WeightReport load_pretrained(const Options& options, const Images& images,
                                         Network& network);

}  // namespace fracture
