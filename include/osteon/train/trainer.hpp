// The training loop: epochs of batches, validation after each, early stopping on the best.
#pragma once

#include <osteon/core/float16.hpp>
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

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>

namespace osteon::train {

namespace detail {

/// What the model answered, in host memory.
template <class Logits>
[[nodiscard]] BatchScore batch_score(double loss, const Logits& logits) {
  HostMirror values(logits);
  return {loss, {values.span().begin(), values.span().end()}};
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
/// none). All but the criterion must outlive the learner. Gradients are not scaled, as Float16
/// wants it: activations are float or BFloat16.
template <class Model, class Optimizer, class Schedule, class Mask>
[[nodiscard]] Learner learner(Model& model, Optimizer& optimizer, const Schedule& schedule,
                              const Mask& mask, const nn::CrossEntropyLoss& criterion = {}) {
  static_assert(
      !std::is_same_v<typename Model::activation_type, Float16>,
      "osteon: the gradients of Float16 vanish without loss scaling, which fit() does not do: use "
      "BFloat16, or optim::GradScaler in a loop of your own");
  // In the same memory at every step, so that a device can replay the pass that reads it.
  const auto memory = std::make_shared<typename Model::OutputTensor>(1);
  const auto step = [&model, &optimizer, &schedule, &mask, criterion, memory](
                        const typename Model::InputView& images, std::span<const int> labels) {
    const std::uint64_t number = optimizer.steps();
    const auto logits = model.forward(images, nn::Mode::training, number);
    if (memory->batch() < logits.batch()) *memory = typename Model::OutputTensor(logits.batch());
    const typename Model::OutputTensor::View dlogits(memory->data(), logits.batch());
    const double loss = criterion(logits, labels, dlogits);
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

/// Trains. Early stopping watches the validation accuracy, or the loss when the goal is to
/// minimize. Fails on a loss that is not finite; what on_epoch saved stays.
FitResult fit(const Learner& learner, const data::Loader& training, const data::Loader& validation,
              const FitOptions& options);

/// The same for a model with its optimizer, schedule(step) and mask; see learner().
template <class Model, class Optimizer, class Schedule, class Mask>
FitResult fit(Model& model, Optimizer& optimizer, const Schedule& schedule, const Mask& mask,
              const data::Loader& training, const data::Loader& validation,
              const FitOptions& options) {
  return fit(learner(model, optimizer, schedule, mask, options.criterion), training, validation,
             options);
}

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/trainer.ipp>
#endif
