// Definitions of evaluation.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/train/evaluation.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace osteon::train {

namespace detail {

OSTEON_INLINE void count(std::span<const float> logits, std::span<const int> labels,
                         ConfusionMatrix& confusion) {
  const auto classes = static_cast<std::ptrdiff_t>(confusion.classes());
  auto row = logits.begin();
  for (const int label : labels) {
    const auto predicted = std::max_element(row, row + classes) - row;
    confusion.add(static_cast<std::size_t>(label), static_cast<std::size_t>(predicted));
    row += classes;
  }
}

}  // namespace detail

OSTEON_INLINE Evaluation evaluate(const Scorer& score, std::size_t classes,
                                  const data::Loader& loader) {
  Evaluation result{0, ConfusionMatrix(classes), {}, {}};
  score(loader, 0, 0, [&](const BatchScore& scored, std::span<const int> labels) {
    result.loss += scored.loss * static_cast<double>(labels.size());
    detail::count(scored.logits, labels, result.confusion);
    result.logits.insert(result.logits.end(), scored.logits.begin(), scored.logits.end());
    result.labels.insert(result.labels.end(), labels.begin(), labels.end());
    return true;
  });
  result.loss /= static_cast<double>(loader.samples());
  return result;
}

OSTEON_INLINE Evaluation evaluate_logits(std::vector<float> logits, std::vector<int> labels,
                                         std::size_t classes) {
  require(!labels.empty() && logits.size() == labels.size() * classes, labels.size(), " labels of ",
          classes, " classes came with ", logits.size(), " logits");
  Evaluation result{0, ConfusionMatrix(classes), std::move(logits), std::move(labels)};
  detail::count(result.logits, result.labels, result.confusion);
  for (std::size_t i = 0; i < result.labels.size(); ++i) {
    const auto row = std::span(result.logits).subspan(i * classes, classes);
    const float largest = *std::max_element(row.begin(), row.end());
    double total = 0;
    for (const float logit : row) total += std::exp(static_cast<double>(logit - largest));
    const float truth = row[static_cast<std::size_t>(result.labels[i])];
    result.loss += std::log(total) - static_cast<double>(truth - largest);
  }
  result.loss /= static_cast<double>(result.labels.size());
  return result;
}

OSTEON_INLINE Evaluation average(std::span<const Evaluation> looks) {
  require(!looks.empty(), "there are no evaluations to average");
  std::vector<float> mean(looks.front().logits.size());
  for (const Evaluation& look : looks) {
    require(look.labels == looks.front().labels && look.logits.size() == mean.size(),
            "the evaluations to average are of different samples");
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] += look.logits[i] / static_cast<float>(looks.size());
  }
  return evaluate_logits(std::move(mean), looks.front().labels, looks.front().confusion.classes());
}

}  // namespace osteon::train
