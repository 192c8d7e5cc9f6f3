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
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace osteon::train {

/// A model's score on a data set.
struct Evaluation {
  double loss = 0;  // mean over images
  ConfusionMatrix confusion;
};

namespace detail {

/// The loader's batch as the model's input; no copy.
template <class Model>
[[nodiscard]] typename Model::InputView input_of(const data::Batch& batch) {
  return typename Model::InputView(batch.images.data(), static_cast<Index>(batch.size()));
}

/// Adds a batch's logits to the confusion matrix.
template <class View>
void count(const View& logits, const std::vector<int>& labels, ConfusionMatrix& confusion) {
  constexpr Index classes = View::shape_type::extent(1);
  for (std::size_t n = 0; n < labels.size(); ++n) {
    const auto* row = logits.data() + static_cast<Index>(n) * classes;
    const auto predicted = std::max_element(row, row + classes) - row;
    confusion.add(static_cast<std::size_t>(labels[n]), static_cast<std::size_t>(predicted));
  }
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
  constexpr auto classes = static_cast<std::size_t>(Model::output_shape::size);
  Evaluation result{0, ConfusionMatrix(classes)};
  auto epoch = loader.epoch(0);
  for (const data::Batch& batch : epoch) {
    const auto logits = model.predict(detail::input_of<Model>(batch));
    result.loss += criterion(logits, batch.labels) * static_cast<double>(batch.size());
    detail::count(logits, batch.labels, result.confusion);
    if (probabilities == nullptr) continue;
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const auto row = logits.span().subspan(n * classes, classes);
      const auto largest = *std::max_element(row.begin(), row.end());
      double total = 0;
      for (const auto logit : row) total += std::exp(static_cast<double>(logit - largest));
      for (const auto logit : row) {
        probabilities->push_back(
            static_cast<float>(std::exp(static_cast<double>(logit - largest)) / total));
      }
    }
  }
  result.loss /= static_cast<double>(loader.samples());
  return result;
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

/// Trains `model`. `schedule(step)` is the learning rate; `mask` holds removed weights at zero
/// (optim::Dense{} for none). Early stopping watches the validation accuracy, or the loss when the
/// goal is to minimize. Fails on a loss that is not finite; what on_epoch saved stays.
template <class Model, class Optimizer, class Schedule, class Mask>
FitResult fit(Model& model, Optimizer& optimizer, const Schedule& schedule, const Mask& mask,
              const data::Loader& training, const data::Loader& validation,
              const FitOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  constexpr auto classes = static_cast<std::size_t>(Model::output_shape::size);
  const Clock::time_point start = Clock::now();
  FitResult result;
  EarlyStopping stopping(options.early_stopping);
  double images = 0, training_seconds = 0;

  for (int number = 1; number <= options.epochs && !result.interrupted; ++number) {
    const Clock::time_point epoch_start = Clock::now();
    Progress progress(concat("epoch ", number, '/', options.epochs),
                      static_cast<std::int64_t>(training.samples()), "images", options.output);
    ConfusionMatrix confusion(classes);
    double loss = 0;
    std::int64_t done = 0;
    auto epoch = training.epoch(static_cast<std::uint32_t>(number));
    for (const data::Batch& batch : epoch) {
      const std::uint64_t step = optimizer.steps();
      const auto size = static_cast<Index>(batch.size());
      const auto logits = model.forward(detail::input_of<Model>(batch), nn::Mode::training, step);
      typename Model::OutputTensor dlogits(size);
      const double batch_loss = options.criterion(logits, batch.labels, dlogits.view());
      require(std::isfinite(batch_loss), "the loss is ", batch_loss, " in epoch ", number,
              " after ", done, " images; try a lower learning rate than ",
              optimizer.learning_rate());
      detail::count(logits, batch.labels, confusion);
      model.zero_gradients();
      model.backward(dlogits);
      optimizer.set_learning_rate(schedule(step));
      optimizer.step(model, mask);

      loss += batch_loss * static_cast<double>(size);
      done += size;
      progress.update(
          done, detail::loss_and_accuracy(loss / static_cast<double>(done), confusion.accuracy()));
      if (options.stop()) {
        result.interrupted = true;
        break;
      }
    }
    images += static_cast<double>(done);
    training_seconds += seconds_since(epoch_start);
    // A part of an epoch is not an epoch: the best model so far is what an interrupted run keeps,
    // unless there is none yet.
    if (result.interrupted && result.best_epoch > 0) break;

    EpochRecord record;
    record.epoch = number;
    record.train_loss = loss / static_cast<double>(done);
    record.train_accuracy = confusion.accuracy();
    record.images_per_second = static_cast<double>(done) / seconds_since(epoch_start);
    const Evaluation score = evaluate(model, validation, options.criterion);
    record.val_loss = score.loss;
    record.val_accuracy = score.confusion.accuracy();
    record.learning_rate = optimizer.learning_rate();
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

}  // namespace osteon::train
