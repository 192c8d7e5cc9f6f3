// A classifier's answers to the samples of a loader, and how many are right. The network is behind
// a function, so that nothing here is compiled once per network.
#pragma once

#include <osteon/data/loader.hpp>
#include <osteon/train/metrics.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace osteon::train {

/// A model's answers to a data set.
struct Evaluation {
  double loss = 0;  ///< mean over samples
  ConfusionMatrix confusion;
  std::vector<float> logits;  ///< (N, classes): what every other metric follows from
  std::vector<int> labels;    ///< (N)
};

/// What a batch gave: the mean loss, and the logits (N, classes).
struct BatchScore {
  double loss;
  std::vector<float> logits;
};
/// Hears of a batch, with its labels; says whether to go on.
using OnScore = std::function<bool(const BatchScore&, std::span<const int> labels)>;
/// An epoch of a loader, from its batch `first` on, through a model, whatever its type.
using Scorer = std::function<void(const data::Loader&, std::uint32_t epoch, std::size_t first,
                                  const OnScore&)>;

namespace detail {

/// Adds predictions, the class of the largest logit each, to the confusion matrix.
void count(std::span<const float> logits, std::span<const int> labels, ConfusionMatrix& confusion);

}  // namespace detail

/// Scores the loader's samples, in the loader's order.
[[nodiscard]] Evaluation evaluate(const Scorer& score, std::size_t classes,
                                  const data::Loader& loader);

/// The same for logits (N, classes) that are there already; the loss is the cross-entropy. Throws
/// Error on numbers that do not fit each other.
[[nodiscard]] Evaluation evaluate_logits(std::vector<float> logits, std::vector<int> labels,
                                         std::size_t classes);

/// The mean of the logits of several looks at the same samples, such as an image and its mirror
/// image (test-time augmentation): softmax of it is the geometric mean of the probabilities. Throws
/// Error unless the samples are the same.
[[nodiscard]] Evaluation average(std::span<const Evaluation> looks);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/evaluation.ipp>
#endif
