// predictions.csv: what the network says of each image that it was not trained on.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/atomic_file.hpp>
#include <osteon/io/csv.hpp>

#include "images.hpp"
#include "report.hpp"
#include "results.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace fracture {

namespace detail {

inline void add_predictions(std::string& text, const char* part, const Images& images,
                            const std::vector<std::size_t>& positions, const Scores& scores,
                            const DecisionRule& rule) {
  const auto calibrated = predictions(scores.answers, rule.positive, rule.temperature.value);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const osteon::data::Sample& sample = images.dataset.samples[positions[i]];
    text += osteon::concat(osteon::io::csv_field(sample.path), ',',
                           osteon::io::csv_field(images.classes()[std::size_t(sample.label)]), ',',
                           part, ',', images.group[positions[i]], ',',
                           formatted("%.17g", calibrated.scores[i]), '\n');
  }
}

}  // namespace detail

/// A line for each image of the validation and the test part: path relative to the data folder,
/// class, part, group of related images, and the probability of the positive class after the
/// temperature.
inline void write_predictions(const std::filesystem::path& path, const Images& images,
                              const Results& results) {
  std::string text = "path,class,part,group,probability\n";
  detail::add_predictions(text, "val", images, images.val, *results.val, results.rule);
  if (results.test)
    detail::add_predictions(text, "test", images, images.test, *results.test, results.rule);
  osteon::io::write_file(path, text);
}

}  // namespace fracture
