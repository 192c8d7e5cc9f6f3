// The pictures of a run.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/train/figures.hpp>

#include "results.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fracture {

namespace detail {

/// Images per class of a part.
inline train::PartCounts count_classes(const Images& images, std::string part,
                                       const std::vector<std::size_t>& indices) {
  train::PartCounts counts{std::move(part), {}};
  counts.counts.resize(images.classes().size());
  for (const std::size_t i : indices) {
    ++counts.counts[static_cast<std::size_t>(images.dataset.label(i))];
  }
  return counts;
}

inline void draw_class_distribution(const std::filesystem::path& path, const Images& images) {
  std::vector<train::PartCounts> parts;
  parts.push_back(count_classes(images, "train", images.train));
  parts.push_back(count_classes(images, "val", images.val));
  if (!images.test.empty()) parts.push_back(count_classes(images, "test", images.test));
  train::plot_class_distribution(path, images.classes(), parts);
}

/// Sixteen validation images with what the network says of them.
inline void draw_samples(const std::filesystem::path& path, const Options& options,
                         const Images& images, const Results& results) {
  const std::size_t classes = images.classes().size();
  const std::vector<double> probabilities = train::softmax(results.val->answers.logits, classes);
  std::vector<std::size_t> positions(images.val.size());
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = i;
  osteon::Random(options.seed, 0xF16).shuffle(std::span(positions));
  std::vector<train::Sample> samples;
  for (const std::size_t at : positions) {
    if (samples.size() == 16) break;
    const std::size_t i = images.val[at];
    const double* p = probabilities.data() + at * classes;
    const auto predicted = static_cast<int>(std::max_element(p, p + classes) - p);
    std::array<char, 16> percent{};
    std::snprintf(percent.data(), percent.size(), " %.0f%%", 100 * p[predicted]);
    samples.push_back(
        {.pixels = images.dataset.image(i),
         .title = images.classes()[static_cast<std::size_t>(predicted)] + percent.data(),
         .correct = predicted == images.dataset.label(i)});
  }
  train::plot_samples(path, samples,
                      {.size = static_cast<std::size_t>(images.dataset.image_size),
                       .channels = 3,
                       .columns = 4,
                       .title = "Validation images and what the network says"});
}

inline void draw_layer_density(const std::filesystem::path& path, const Results& results) {
  std::vector<train::LayerDensity> layers;
  for (const prune::LayerDensity& layer : results.pruning.layers) {
    layers.push_back({layer.name, layer.nonzero, layer.size});
  }
  train::plot_layer_density(path, layers);
}

}  // namespace detail

/// class_distribution.png, samples.png, curves.png, confusion_matrix.png (of the test part, where
/// there is one) and layer_density.png.
inline void draw_figures(const Options& options, const Images& images, const Results& results) {
  const auto& out = options.out;
  detail::draw_class_distribution(out / "class_distribution.png", images);
  detail::draw_samples(out / "samples.png", options, images, results);
  train::plot_curves(out / "curves.png", results.training.history, results.training.best_epoch);
  const Scores& scored = results.test ? *results.test : *results.val;
  train::plot_confusion_matrix(out / "confusion_matrix.png", scored.answers.confusion,
                               images.classes(), results.test ? "test" : "validation");
  detail::draw_layer_density(out / "layer_density.png", results);
}

}  // namespace fracture
