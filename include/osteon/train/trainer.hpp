// The training loop: epochs of batches, validation after each, early stopping on the best.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/data/loader.hpp>
#include <osteon/nn/layer.hpp>
#include <osteon/nn/loss.hpp>
#include <osteon/train/checkpoint.hpp>
#include <osteon/train/early_stopping.hpp>
#include <osteon/train/evaluation.hpp>
#include <osteon/train/feed.hpp>
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
#include <utility>
#include <vector>

namespace osteon::train {

namespace detail {

/// What the model answered, in host memory.
template <class Logits>
[[nodiscard]] BatchScore batch_score(double loss, const Logits& logits) {
  HostMirror values(logits);
  return {loss, {values.span().begin(), values.span().end()}};
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
  return [&model, criterion](const data::Loader& loader, std::uint32_t epoch, std::size_t first,
                             const OnScore& on_score) {
    for (const auto& [images, labels] : Feed<Model>(loader, epoch, first)) {
      const auto logits = model.predict(images);
      if (!on_score(detail::batch_score(criterion(logits, labels), logits), labels)) return;
    }
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
  /// Where an earlier fit() stood: with model and optimizer as they were then, this one ends as
  /// that one would have, bit for bit.
  Checkpoint resume{};
  /// Where fit() stands: after each epoch (and its on_epoch) but those that follow the last
  /// checkpoint within 10 seconds, at the end, and within an epoch every `checkpoint_seconds`
  /// (0: after every batch), and when stop() has ended it.
  std::function<void(const Checkpoint&)> on_checkpoint = [](const Checkpoint&) {};
  double checkpoint_seconds = 300;
  /// For progress lines; its clock times the checkpoints.
  ProgressOutput output = ProgressOutput::standard_error();
};

/// A model with its optimizer, whatever their types: what fit() needs of them.
struct Learner {
  std::size_t classes;
  Scorer learn;    ///< a step for each batch
  Scorer predict;  ///< evaluation mode
  std::function<double()> learning_rate;
};

/// `schedule(step)` is the learning rate; `mask` holds removed weights at zero (optim::Dense{} for
/// none). All but the criterion must outlive the learner.
template <class Model, class Optimizer, class Schedule, class Mask>
[[nodiscard]] Learner learner(Model& model, Optimizer& optimizer, const Schedule& schedule,
                              const Mask& mask, const nn::CrossEntropyLoss& criterion = {}) {
  const auto step = [&model, &optimizer, &schedule, &mask, criterion](
                        const typename Model::InputView& images, std::span<const int> labels) {
    const std::uint64_t number = optimizer.steps();
    const auto logits = model.forward(images, nn::Mode::training, number);
    typename Model::OutputTensor dlogits(logits.batch());
    const double loss = criterion(logits, labels, dlogits.view());
    BatchScore score = detail::batch_score(loss, logits);
    model.zero_gradients();
    model.backward(dlogits);
    optimizer.set_learning_rate(schedule(number));
    optimizer.step(model, mask);
    return score;
  };
  const auto learn = [step](const data::Loader& loader, std::uint32_t epoch, std::size_t first,
                            const OnScore& on_score) {
    for (const auto& [images, labels] : Feed<Model>(loader, epoch, first))
      if (!on_score(step(images, labels), labels)) return;
  };
  // A resumed epoch may have no step left: its rate is that of its last one.
  if (optimizer.steps() > 0) optimizer.set_learning_rate(schedule(optimizer.steps() - 1));
  return {static_cast<std::size_t>(Model::output_shape::size), learn, scorer(model, criterion),
          [&optimizer] { return optimizer.learning_rate(); }};
}

namespace detail {

/// The loop. Its state between two steps is a Checkpoint.
class Fit {
 public:
  Fit(const Learner& learner, const data::Loader& training, const data::Loader& validation,
      const FitOptions& options)
      : learner_(learner),
        training_(training),
        validation_(validation),
        options_(options),
        stopping_(options.early_stopping),
        state_(options.resume),
        start_(before_now(state_.seconds)),
        saved_(options.output.seconds()) {
    for (const EpochRecord& record : state_.history) {
      judge(record);
      images_ += static_cast<double>(training_.samples());
    }
  }

  FitResult run() {
    while (!over_ && static_cast<int>(state_.history.size()) < options_.epochs) run_epoch();
    if (unsaved_) save();
    result_.history.insert(result_.history.begin(), state_.history.begin(), state_.history.end());
    result_.seconds = seconds_since(start_);
    result_.images_per_second = state_.training_seconds > 0 ? images_ / state_.training_seconds : 0;
    return std::move(result_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }
  static Clock::time_point before_now(double seconds) {
    return Clock::now() -
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  /// What the epoch means for early stopping.
  Verdict judge(const EpochRecord& record) {
    const bool by_loss = options_.early_stopping.goal == Goal::minimize;
    const Verdict verdict = stopping_.step(by_loss ? record.val_loss : record.val_accuracy);
    if (verdict == Verdict::improved) result_.best_epoch = record.epoch;
    over_ = verdict == Verdict::stop;
    return verdict;
  }

  void save() {
    if (state_.partial) state_.partial->seconds = seconds_since(epoch_start_);
    state_.seconds = seconds_since(start_);
    options_.on_checkpoint(state_);
    saved_ = options_.output.seconds();
    unsaved_ = false;
  }

  /// The rest of the epoch's batches; stops early when options.stop() says so.
  void train(PartialEpoch& done, int number, Progress& progress) {
    const auto on_score = [&](const BatchScore& score, std::span<const int> labels) {
      require(std::isfinite(score.loss), "the loss is ", score.loss, " in epoch ", number,
              " after ", done.confusion.total(), " images; try a lower learning rate than ",
              learner_.learning_rate());
      count(score.logits, labels, done.confusion);
      done.loss += score.loss * static_cast<double>(labels.size());
      ++done.batches;
      const auto images = done.confusion.total();
      progress.update(images, loss_and_accuracy(done.loss / static_cast<double>(images),
                                                done.confusion.accuracy()));
      result_.interrupted = options_.stop();
      if (result_.interrupted || options_.output.seconds() - saved_ >= options_.checkpoint_seconds)
        save();
      return !result_.interrupted;
    };
    learner_.learn(training_, static_cast<std::uint32_t>(number), done.batches, on_score);
  }

  void run_epoch() {
    const int number = static_cast<int>(state_.history.size()) + 1;
    if (!state_.partial) state_.partial = PartialEpoch{0, 0, ConfusionMatrix(learner_.classes), 0};
    PartialEpoch& done = *state_.partial;
    epoch_start_ = before_now(done.seconds);
    Progress progress(concat("epoch ", number, '/', options_.epochs),
                      static_cast<std::int64_t>(training_.samples()), "images", options_.output);
    progress.start_at(done.confusion.total());
    train(done, number, progress);
    const auto images = static_cast<double>(done.confusion.total());
    const double epoch_seconds = seconds_since(epoch_start_);
    images_ += images;
    state_.training_seconds += epoch_seconds;
    // A part of an epoch is not an epoch: the best model so far is what an interrupted run keeps,
    // unless there is none yet.
    if (result_.interrupted && result_.best_epoch > 0) {
      over_ = true;
      return;
    }

    const Evaluation score = evaluate(learner_.predict, learner_.classes, validation_);
    require(std::isfinite(score.loss), "the validation loss is ", score.loss, " after epoch ",
            number, "; try a lower learning rate than ", learner_.learning_rate());
    EpochRecord record;
    record.epoch = number;
    record.train_loss = done.loss / images;
    record.train_accuracy = done.confusion.accuracy();
    record.images_per_second = images / epoch_seconds;
    record.val_loss = score.loss;
    record.val_accuracy = score.confusion.accuracy();
    record.learning_rate = learner_.learning_rate();
    record.seconds = seconds_since(epoch_start_);
    const bool best = judge(record) == Verdict::improved;
    progress.finish(
        concat(loss_and_accuracy(record.train_loss, record.train_accuracy), "  validation: ",
               loss_and_accuracy(record.val_loss, record.val_accuracy), best ? "  best" : ""));
    options_.on_epoch(record, best);
    if (result_.interrupted) {  // scored, but not done: a checkpoint has been saved
      result_.history.push_back(record);
      over_ = true;
      return;
    }
    state_.history.push_back(record);
    state_.partial.reset();
    unsaved_ = true;
    // Epochs of a second would spend more time on files than on learning.
    constexpr double shortest = 10;
    if (options_.output.seconds() - saved_ >= std::min(shortest, options_.checkpoint_seconds))
      save();
  }

  const Learner& learner_;
  const data::Loader& training_;
  const data::Loader& validation_;
  const FitOptions& options_;
  EarlyStopping stopping_;
  Checkpoint state_;
  FitResult result_;
  Clock::time_point start_;
  Clock::time_point epoch_start_{};
  double saved_;  // when the last checkpoint was, on the output's clock
  double images_ = 0;
  bool unsaved_ = false;  // an epoch has ended since
  bool over_ = false;
};

}  // namespace detail

/// Trains. Early stopping watches the validation accuracy, or the loss when the goal is to
/// minimize. Fails on a loss that is not finite; what on_epoch saved stays.
inline FitResult fit(const Learner& learner, const data::Loader& training,
                     const data::Loader& validation, const FitOptions& options) {
  return detail::Fit(learner, training, validation, options).run();
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
