// The training loop: epochs of batches, validation after each, early stopping on the best.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/data/loader.hpp>
#include <osteon/nn/layer.hpp>
#include <osteon/nn/loss.hpp>
#include <osteon/train/early_stopping.hpp>
#include <osteon/train/evaluation.hpp>
#include <osteon/train/history.hpp>
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

namespace detail {

/// The loader's batch as the model's input; no copy.
template <class Model>
[[nodiscard]] typename Model::InputView input_of(const data::Batch& batch) {
  return typename Model::InputView(batch.images.data(), static_cast<Index>(batch.size()));
}

[[nodiscard]] inline std::string loss_and_accuracy(double loss, double accuracy) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "loss %.4f  accuracy %.2f %%", loss, 100 * accuracy);
  return text.data();
}

}  // namespace detail

/// A model in evaluation mode, which must outlive it.
template <class Model>
[[nodiscard]] Scorer scorer(Model& model, const nn::CrossEntropyLoss& criterion = {}) {
  return [&model, criterion](const data::Batch& batch) {
    const auto logits = model.predict(detail::input_of<Model>(batch));
    return BatchScore{criterion(logits, batch.labels),
                      {logits.span().begin(), logits.span().end()}};
  };
}

/// Runs the model in evaluation mode over the loader's samples.
template <class Model>
[[nodiscard]] Evaluation evaluate(Model& model, const data::Loader& loader,
                                  const nn::CrossEntropyLoss& criterion = {}) {
  return evaluate(scorer(model, criterion), static_cast<std::size_t>(Model::output_shape::size),
                  loader);
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

/// A model with its optimizer, whatever their types: what fit() needs of them.
struct Learner {
  std::size_t classes;
  Scorer learn;    ///< one step
  Scorer predict;  ///< evaluation mode
  std::function<double()> learning_rate;
};

/// `schedule(step)` is the learning rate; `mask` holds removed weights at zero (optim::Dense{} for
/// none). All but the criterion must outlive the learner.
template <class Model, class Optimizer, class Schedule, class Mask>
[[nodiscard]] Learner learner(Model& model, Optimizer& optimizer, const Schedule& schedule,
                              const Mask& mask, const nn::CrossEntropyLoss& criterion = {}) {
  const auto learn = [&model, &optimizer, &schedule, &mask, criterion](const data::Batch& batch) {
    const std::uint64_t step = optimizer.steps();
    const auto logits = model.forward(detail::input_of<Model>(batch), nn::Mode::training, step);
    typename Model::OutputTensor dlogits(logits.batch());
    const double loss = criterion(logits, batch.labels, dlogits.view());
    BatchScore score{loss, {logits.span().begin(), logits.span().end()}};
    model.zero_gradients();
    model.backward(dlogits);
    optimizer.set_learning_rate(schedule(step));
    optimizer.step(model, mask);
    return score;
  };
  return {static_cast<std::size_t>(Model::output_shape::size), learn, scorer(model, criterion),
          [&optimizer] { return optimizer.learning_rate(); }};
}

namespace detail {

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
    count(score.logits, batch.labels, result.confusion);
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

}  // namespace detail

/// Trains. Early stopping watches the validation accuracy, or the loss when the goal is to
/// minimize. Fails on a loss that is not finite; what on_epoch saved stays.
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
    const detail::EpochScore trained =
        detail::train_epoch(learner, training, number, options, progress);
    result.interrupted = trained.interrupted;
    const double epoch_seconds = seconds_since(epoch_start);
    images += static_cast<double>(trained.images);
    training_seconds += epoch_seconds;
    // A part of an epoch is not an epoch: the best model so far is what an interrupted run keeps,
    // unless there is none yet.
    if (result.interrupted && result.best_epoch > 0) break;

    const Evaluation score = evaluate(learner.predict, learner.classes, validation);
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
    progress.finish(concat(
        detail::loss_and_accuracy(record.train_loss, record.train_accuracy), "  validation: ",
        detail::loss_and_accuracy(record.val_loss, record.val_accuracy), best ? "  best" : ""));
    options.on_epoch(record, best);
    if (verdict == Verdict::stop) break;
  }
  result.seconds = seconds_since(start);
  result.images_per_second = training_seconds > 0 ? images / training_seconds : 0;
  return result;
}

/// The same for a model with its optimizer, schedule(step) and mask; see learner().
template <class Model, class Optimizer, class Schedule, class Mask>
FitResult fit(Model& model, Optimizer& optimizer, const Schedule& schedule, const Mask& mask,
              const data::Loader& training, const data::Loader& validation,
              const FitOptions& options) {
  return fit(learner(model, optimizer, schedule, mask, options.criterion), training, validation,
             options);
}

}  // namespace osteon::train
