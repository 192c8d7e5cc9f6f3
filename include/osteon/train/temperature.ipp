// Definitions of temperature.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/train/temperature.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace osteon::train {

OSTEON_INLINE std::vector<double> softmax(std::span<const float> logits, std::size_t classes,
                                          double temperature) {
  require(classes > 0 && logits.size() % classes == 0, logits.size(), " logits are no rows of ",
          classes);
  require(temperature > 0, "the temperature is ", temperature, "; it must be above 0");
  std::vector<double> probabilities;
  probabilities.reserve(logits.size());
  for (std::size_t begin = 0; begin < logits.size(); begin += classes) {
    const auto row = logits.subspan(begin, classes);
    const auto largest = static_cast<double>(*std::ranges::max_element(row));
    double total = 0;
    for (const float z : row) {
      probabilities.push_back(std::exp((static_cast<double>(z) - largest) / temperature));
      total += probabilities.back();
    }
    for (std::size_t k = 0; k < classes; ++k) probabilities[begin + k] /= total;
  }
  return probabilities;
}

namespace detail {

/// The mean negative log-likelihood at `sharpness` 1 / T, and its derivative by it.
struct Likelihood {
  double nll = 0;
  double slope = 0;
};
OSTEON_INLINE Likelihood likelihood_at(double sharpness, std::span<const float> logits,
                                       std::size_t classes, std::span<const int> labels) {
  Likelihood mean;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = logits.subspan(i * classes, classes);
    const auto largest = static_cast<double>(*std::ranges::max_element(row));
    double total = 0, weighted = 0;
    for (const float z : row) {
      const double above = static_cast<double>(z) - largest;  // at most 0
      const double weight = std::exp(sharpness * above);
      total += weight;
      weighted += weight * above;
    }
    const double truth = static_cast<double>(row[static_cast<std::size_t>(labels[i])]) - largest;
    mean.nll += std::log(total) - sharpness * truth;
    mean.slope += weighted / total - truth;
  }
  mean.nll /= static_cast<double>(labels.size());
  mean.slope /= static_cast<double>(labels.size());
  return mean;
}

}  // namespace detail

OSTEON_INLINE Temperature fit_temperature(std::span<const float> logits, std::size_t classes,
                                          std::span<const int> labels) {
  require(!labels.empty() && logits.size() == labels.size() * classes,
          "a temperature is fitted to examples: ", labels.size(), " labels of ", classes,
          " classes came with ", logits.size(), " logits");
  for (std::size_t i = 0; i < labels.size(); ++i)
    require(labels[i] >= 0 && static_cast<std::size_t>(labels[i]) < classes,
            "the label of example ", i, " is ", labels[i], "; it must be one of ", classes,
            " classes (0 to ", classes - 1, ")");
  for (std::size_t i = 0; i < logits.size(); ++i)
    require(std::isfinite(logits[i]), "logit ", i % classes, " of example ", i / classes, " is ",
            logits[i], "; it must be a finite number");

  // In the sharpness 1 / T the likelihood is convex: its slope rises, and bisection finds where it
  // is 0, without a step size that could be wrong.
  const auto at = [&](double sharpness) {
    return detail::likelihood_at(sharpness, logits, classes, labels);
  };
  double low = 1 / largest_temperature, high = 1 / smallest_temperature;
  Temperature result;
  if (at(low).slope >= 0) {
    result = {largest_temperature, 0, 0, true};
  } else if (at(high).slope <= 0) {
    result = {smallest_temperature, 0, 0, true};
  } else {
    while (true) {
      const double middle = std::sqrt(low * high);
      if (middle <= low || middle >= high) break;  // neighbours in double precision
      (at(middle).slope < 0 ? low : high) = middle;
    }
    result.value = 1 / low;
  }
  result.nll_before = at(1).nll;
  result.nll_after = at(1 / result.value).nll;
  return result;
}

}  // namespace osteon::train
