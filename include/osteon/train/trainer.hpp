// The training loop: epochs of batches, validation after each, early stopping on the best.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/data/loader.hpp>
#include <osteon/nn/layer.hpp>
#include <osteon/nn/loss.hpp>
#include <osteon/train/early_stopping.hpp>
#include <osteon/train/history.hpp>
#include <osteon/train/metrics.hpp>
#include <osteon/train/progress.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace osteon::train {

/// A model's score on a data set.
struct Evaluation {
  double loss = 0;  // mean over images
  ConfusionMatrix confusion;
  std::vector<float> logits{};  // (images, classes), in the loader's order
  std::vector<int> labels{};
};

namespace detail {

/// What a batch gave: the mean loss, and the logits (N, classes).
struct BatchScore {
  double loss;
  std::vector<float> logits;
};
/// A batch through a model, whatever its type: the loops below exist once, not once per network.
using Scorer = std::function<BatchScore(const data::Batch&)>;

/// The loader's batch as the model's input; no copy.
template <class Model>
[[nodiscard]] typename Model::InputView input_of(const data::Batch& batch) {
  return typename Model::InputView(batch.images.data(), static_cast<Index>(batch.size()));
}

template <class Model>
[[nodiscard]] Scorer predictor(Model& model, const nn::CrossEntropyLoss& criterion) {
  return [&model, criterion](const data::Batch& batch) {
    const auto logits = model.predict(input_of<Model>(batch));
    return BatchScore{criterion(logits, batch.labels),
                      {logits.span().begin(), logits.span().end()}};
  };
}

/// Adds a batch's predictions to the confusion matrix.
inline void count(const BatchScore& score, const std::vector<int>& labels,
                  ConfusionMatrix& confusion) {
  const auto classes = static_cast<std::ptrdiff_t>(confusion.classes());
  auto row = score.logits.begin();
  for (const int label : labels) {
    const auto predicted = std::max_element(row, row + classes) - row;
    confusion.add(static_cast<std::size_t>(label), static_cast<std::size_t>(predicted));
    row += classes;
  }
}

/// Appends the softmax of each row.
inline void append_softmax(const BatchScore& score, std::size_t classes,
                           std::vector<float>& probabilities) {
  for (std::size_t begin = 0; begin < score.logits.size(); begin += classes) {
    const auto row = std::span(score.logits).subspan(begin, classes);
    const float largest = *std::max_element(row.begin(), row.end());
    double total = 0;
    for (const float logit : row) total += std::exp(static_cast<double>(logit - largest));
    for (const float logit : row) {
      probabilities.push_back(
          static_cast<float>(std::exp(static_cast<double>(logit - largest)) / total));
    }
  }
}

[[nodiscard]] inline Evaluation evaluate(const Scorer& predict, std::size_t classes,
                                         const data::Loader& loader,
                                         std::vector<float>* probabilities) {
  Evaluation result{0, ConfusionMatrix(classes)};
  auto epoch = loader.epoch(0);
  for (const data::Batch& batch : epoch) {
    const BatchScore score = predict(batch);
    result.loss += score.loss * static_cast<double>(batch.size());
    count(score, batch.labels, result.confusion);
    result.logits.insert(result.logits.end(), score.logits.begin(), score.logits.end());
    result.labels.insert(result.labels.end(), batch.labels.begin(), batch.labels.end());
    if (probabilities != nullptr) append_softmax(score, classes, *probabilities);
  }
  result.loss /= static_cast<double>(loader.samples());
  return result;
}

[[nodiscard]] inline std::string loss_and_accuracy(double loss, double accuracy) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "loss %.4f  accuracy %.2f %%", loss, 100 * accuracy);
  return text.data();
}

}  // namespace detail

/// Runs the model in evaluation mode over the loader's samples. With `probabilities`, appends the
/// softmax of each sample, in the loader's order (K values each).
template <class Model>
[[nodiscard]] Evaluation evaluate(Model& model, const data::Loader& loader,
                                  const nn::CrossEntropyLoss& criterion = {},
                                  std::vector<float>* probabilities = nullptr) {
  return detail::evaluate(detail::predictor(model, criterion),
                          static_cast<std::size_t>(Model::output_shape::size), loader,
                          probabilities);
}

struct FitOptions {
  int epochs = 30;
  EarlyStoppingOptions early_stopping{.patience = 3, .min_delta = 0, .goal = Goal::maximize};
  nn::CrossEntropyLoss criterion{};
  /// True asks fit() to stop after the batch it is in.
  std::function<bool()> stop = [] { return false; };
  /// After each epoch: its record, and whether it is the best so far, so the model is worth saving.
  std::function<void(const EpochRecord&, bool best)> on_epoch = [](const EpochRecord&, bool) {};
  /// For progress lines.
  ProgressOutput output = ProgressOutput::standard_error();
};

struct FitResult {
  std::vector<EpochRecord> history;
  int best_epoch = 0;  // from 1; 0 when not even the first epoch was completed
  double seconds = 0;
  /// Of the training alone, over all epochs.
  double images_per_second = 0;
  bool interrupted = false;
};

namespace detail {

/// What fit() needs of a model with its optimizer.
struct Learner {
  std::size_t classes;
  Scorer learn;  // one step
  Scorer predict;
  std::function<double()> learning_rate;
};

/// One pass over the training images; stops early when options.stop() says so.
struct EpochScore {
  double loss = 0;  // mean over the images done
  ConfusionMatrix confusion;
  std::int64_t images = 0;
  bool interrupted = false;
};
inline EpochScore train_epoch(const Learner& learner, const data::Loader& training, int number,
                              const FitOptions& options, Progress& progress) {
  EpochScore result{0, ConfusionMatrix(learner.classes), 0, false};
  double loss = 0;
  auto epoch = training.epoch(static_cast<std::uint32_t>(number));
  for (const data::Batch& batch : epoch) {
    const BatchScore score = learner.learn(batch);
    require(std::isfinite(score.loss), "the loss is ", score.loss, " in epoch ", number, " after ",
            result.images, " images; try a lower learning rate than ", learner.learning_rate());
    count(score, batch.labels, result.confusion);
    loss += score.loss * static_cast<double>(batch.size());
    result.images += static_cast<std::int64_t>(batch.size());
    result.loss = loss / static_cast<double>(result.images);
    progress.update(result.images, loss_and_accuracy(result.loss, result.confusion.accuracy()));
    if (options.stop()) {
      result.interrupted = true;
      break;
    }
  }
  return result;
}

inline FitResult fit(const Learner& learner, const data::Loader& training,
                     const data::Loader& validation, const FitOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const Clock::time_point start = Clock::now();
  FitResult result;
  EarlyStopping stopping(options.early_stopping);
  double images = 0, training_seconds = 0;

  for (int number = 1; number <= options.epochs && !result.interrupted; ++number) {
    const Clock::time_point epoch_start = Clock::now();
    Progress progress(concat("epoch ", number, '/', options.epochs),
                      static_cast<std::int64_t>(training.samples()), "images", options.output);
    const EpochScore trained = train_epoch(learner, training, number, options, progress);
    result.interrupted = trained.interrupted;
    const double epoch_seconds = seconds_since(epoch_start);
    images += static_cast<double>(trained.images);
    training_seconds += epoch_seconds;
    // A part of an epoch is not an epoch: the best model so far is what an interrupted run keeps,
    // unless there is none yet.
    if (result.interrupted && result.best_epoch > 0) break;

    const Evaluation score = evaluate(learner.predict, learner.classes, validation, nullptr);
    EpochRecord record;
    record.epoch = number;
    record.train_loss = trained.loss;
    record.train_accuracy = trained.confusion.accuracy();
    record.images_per_second = static_cast<double>(trained.images) / epoch_seconds;
    record.val_loss = score.loss;
    record.val_accuracy = score.confusion.accuracy();
    record.learning_rate = learner.learning_rate();
    record.seconds = seconds_since(epoch_start);
    result.history.push_back(record);

    const bool by_loss = options.early_stopping.goal == Goal::minimize;
    const Verdict verdict = stopping.step(by_loss ? record.val_loss : record.val_accuracy);
    const bool best = verdict == Verdict::improved;
    if (best) result.best_epoch = number;
    progress.finish(
        concat(loss_and_accuracy(record.train_loss, record.train_accuracy), "  validation: ",
               loss_and_accuracy(record.val_loss, record.val_accuracy), best ? "  best" : ""));
    options.on_epoch(record, best);
    if (verdict == Verdict::stop) break;
  }
  result.seconds = seconds_since(start);
  result.images_per_second = training_seconds > 0 ? images / training_seconds : 0;
  return result;
}

}  // namespace detail

/// Trains `model`. `schedule(step)` is the learning rate; `mask` holds removed weights at zero
/// (optim::Dense{} for none). Early stopping watches the validation accuracy, or the loss when the
/// goal is to minimize. Fails on a loss that is not finite; what on_epoch saved stays.
template <class Model, class Optimizer, class Schedule, class Mask>
FitResult fit(Model& model, Optimizer& optimizer, const Schedule& schedule, const Mask& mask,
              const data::Loader& training, const data::Loader& validation,
              const FitOptions& options) {
  const auto learn = [&](const data::Batch& batch) {
    const std::uint64_t step = optimizer.steps();
    const auto logits = model.forward(detail::input_of<Model>(batch), nn::Mode::training, step);
    typename Model::OutputTensor dlogits(logits.batch());
    const double loss = options.criterion(logits, batch.labels, dlogits.view());
    detail::BatchScore score{loss, {logits.span().begin(), logits.span().end()}};
    model.zero_gradients();
    model.backward(dlogits);
    optimizer.set_learning_rate(schedule(step));
    optimizer.step(model, mask);
    return score;
  };
  return detail::fit(
      {static_cast<std::size_t>(Model::output_shape::size), learn,
       detail::predictor(model, options.criterion), [&] { return optimizer.learning_rate(); }},
      training, validation, options);
}

}  // namespace osteon::train
