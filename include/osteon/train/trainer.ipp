// Definitions of trainer.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/train/trainer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <utility>

namespace osteon::train {

namespace detail {

OSTEON_INLINE std::string loss_and_accuracy(double loss, double accuracy) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "loss %.4f  accuracy %.2f %%", loss, 100 * accuracy);
  return text.data();
}

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

OSTEON_INLINE FitResult fit(const Learner& learner, const data::Loader& training,
                            const data::Loader& validation, const FitOptions& options) {
  return detail::Fit(learner, training, validation, options).run();
}

}  // namespace osteon::train
