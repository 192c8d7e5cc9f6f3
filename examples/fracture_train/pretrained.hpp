// Starting from pretrained weights instead of random ones.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/data/loader.hpp>
#include <osteon/train/progress.hpp>

#include "images.hpp"
#include "network.hpp"
#include "options.hpp"
#include "results.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>

namespace fracture {

/// Loads options.weights, if there are any, says what became of each tensor, and measures batch
/// normalisation that was folded into the weights again, on training images.
inline std::optional<io::WeightReport> load_pretrained(const Options& options, const Images& images,
                                                       Network& network) {
  if (options.weights.empty()) return {};
  auto report = load_weights(options.weights, network);
  std::printf("weights: %s, %s", options.weights.c_str(), to_string(report).c_str());
  if (report.folded_biases.empty()) return report;

  // A million pixels for each channel of the first layers, and thousands for the last.
  constexpr std::size_t enough = 1024;
  auto chosen = images.train;
  osteon::Random(options.seed, 0xF01D).shuffle(std::span(chosen));
  chosen.resize(std::min(chosen.size(), enough));
  const osteon::data::Loader loader(images.dataset, chosen, {.batch_size = options.batch});
  osteon::train::Progress progress("batch norm", static_cast<std::int64_t>(chosen.size()),
                                   "images");
  std::int64_t done = 0;
  network.restore_batch_norm(report.folded_biases, loader, [&](std::size_t images_of_batch) {
    progress.update(done += static_cast<std::int64_t>(images_of_batch));
  });
  progress.finish(osteon::concat("restored behind ", report.folded_biases.size(),
                                 " convolutions on ", chosen.size(), " training images"));
  return report;
}

}  // namespace fracture
