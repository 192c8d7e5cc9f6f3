// Starting from pretrained weights instead of random ones.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/io/weight_report.hpp>
#include <osteon/nn/restore_batch_norm.hpp>
#include <osteon/train/progress.hpp>

#include "images.hpp"
#include "options.hpp"
#include "results.hpp"

#include <algorithm>
#include <cstdio>
#include <span>

namespace fracture {

/// Loads options.weights, if there are any, and says what became of each tensor.
template <class Model>
osteon::io::WeightReport load_pretrained(Model& model, const Options& options) {
  if (options.weights.empty()) return {};
  auto state = osteon::io::state_of(model);
  auto report = load_weights(options.weights, state);
  model.set_batches_tracked(state.batches_tracked);
  std::printf("weights: %s, %s", options.weights.c_str(), to_string(report).c_str());
  return report;
}

/// Measures batch normalisation that was folded into the weights again, on at most 1024 training
/// images: a million pixels for each channel of the first layers, and thousands for the last.
template <class Model>
void restore_folded(Model& model, const osteon::io::WeightReport& report, const Options& options,
                    const Images& images) {
  if (report.folded_biases.empty()) return;
  constexpr std::size_t enough = 1024;
  auto chosen = images.train;
  osteon::Random(options.seed, 0xF01D).shuffle(std::span(chosen));
  chosen.resize(std::min(chosen.size(), enough));
  const osteon::data::Loader loader(images.dataset, chosen, {.batch_size = options.batch});
  osteon::train::Progress progress("batch norm", static_cast<std::int64_t>(chosen.size()),
                                   "images");
  std::int64_t done = 0;
  osteon::nn::restore_batch_norm(
      model, report.folded_biases, loader.epoch(0), [&](const osteon::data::Batch& batch) {
        progress.update(done += static_cast<std::int64_t>(batch.size()));
        return typename Model::InputView(batch.images.data(),
                                         static_cast<osteon::Index>(batch.size()));
      });
  progress.finish(osteon::concat("restored behind ", report.folded_biases.size(),
                                 " convolutions on ", chosen.size(), " training images"));
}

}  // namespace fracture
