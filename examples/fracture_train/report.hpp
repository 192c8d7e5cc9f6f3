// A run in words.
#pragma once

#include "results.hpp"

#include <span>
#include <string>
#include <vector>

namespace fracture {

/// The classification reports, what the splits share, and the table of layers, for the terminal and
/// report.txt.
std::string summary(const Options& options, const Images& images, const Results& results);

/// Adds the decision rule and the accuracies to a model's metadata.
void describe(const Results& results, osteon::io::Metadata& metadata);

/// A metric of the test parts of a cross-validation.
struct FoldMetric {
  std::string name;
  std::vector<double> values;
  double mean = 0;
  double deviation = 0;  // of the sample: divided by one fewer than the folds
};

/// With a test part in every fold.
std::vector<FoldMetric> over_folds(std::span<const Results> folds);

/// A line for each.
std::string to_string(std::span<const FoldMetric> metrics);

}  // namespace fracture
