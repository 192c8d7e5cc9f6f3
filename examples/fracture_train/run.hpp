// The run itself, for a network type: prune, train, save, evaluate.
#pragma once

#include <osteon/io/model_state.hpp>
#include <osteon/osteon.hpp>
#include <osteon/train/interrupt.hpp>
#include <osteon/train/trainer.hpp>

#include "checkpoints.hpp"
#include "images.hpp"
#include "options.hpp"
#include "results.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace fracture {

template <int ImageSize>
using Net = osteon::Model<osteon::models::ResNet18<2>, osteon::Shape<3, ImageSize, ImageSize>>;

using Clock = std::chrono::steady_clock;
[[nodiscard]] inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class Model>
osteon::prune::Mask<Model> make_mask(const Model& model, const Options& options) {
  namespace prune = osteon::prune;
  if (options.pruner == "magnitude") return prune::magnitude(model, {.sparsity = options.sparsity});
  if (options.pruner == "none" || options.sparsity == 0) return {};
  osteon::train::Progress progress("SynFlow", options.prune_iterations, "iterations");
  auto mask = prune::synflow(
      model, {.sparsity = options.sparsity, .iterations = options.prune_iterations},
      [&](const prune::SynflowIteration& i) {
        progress.update(i.iteration, osteon::concat("R ", i.flow, "  kept ", i.kept));
      });
  progress.finish(osteon::concat("kept ", mask.kept(), " of ", Model::prunable_count));
  return mask;
}

/// Median milliseconds of one image through the network.
template <class Model>
double inference_milliseconds(Model& model) {
  typename Model::InputTensor x(1);
  std::vector<double> times;
  for (int i = 0; i < 21; ++i) {
    const auto start = Clock::now();
    static_cast<void>(model.predict(x));
    times.push_back(1e3 * seconds_since(start));
  }
  std::nth_element(times.begin(), times.begin() + 10, times.end());
  return times[10];
}

/// What a saved model says about itself.
inline osteon::io::Metadata metadata(const Options& options, const Images& images) {
  return {{"framework", "osteon"},
          {"network", "resnet18"},
          {"classes", osteon::concat(images.dataset.classes[0], ", ", images.dataset.classes[1])},
          {"image_size", std::to_string(options.image_size)},
          {"normalization", "imagenet"},
          {"pruner", options.pruner},
          {"sparsity", osteon::concat(options.pruner == "none" ? 0.0 : options.sparsity)},
          {"seed", std::to_string(options.seed)}};
}

template <class Model, class Optimizer>
osteon::train::FitResult train(Model& model, Optimizer optimizer, osteon::prune::Mask<Model>& mask,
                               const Options& options, const Images& images,
                               const osteon::data::Loader& training,
                               const osteon::data::Loader& validation, Checkpoints& checkpoints) {
  namespace train = osteon::train;
  const train::InterruptGuard interrupt;
  const train::Checkpoint start = checkpoints.begin(model, optimizer, mask);
  std::vector<train::EpochRecord> history = start.history;
  return train::fit(
      model, optimizer, osteon::optim::ConstantSchedule{options.learning_rate}, mask, training,
      validation,
      {.epochs = options.epochs,
       .early_stopping = {.patience = options.patience,
                          .goal = options.monitor == "loss" ? train::Goal::minimize
                                                            : train::Goal::maximize},
       .stop = [&] { return interrupt.requested(); },
       .on_epoch =
           [&](const train::EpochRecord& record, bool best) {
             if (best) {
               auto about = metadata(options, images);
               about["epoch"] = std::to_string(record.epoch);
               save(best_model_path(options), osteon::io::state_of(std::as_const(model)), about);
             }
             history.push_back(record);
             train::write_history(options.out / "history.csv", history);
           },
       .resume = start,
       .on_checkpoint =
           [&](const train::Checkpoint& now) {
             checkpoints.save(osteon::io::training_state(std::as_const(model), optimizer, mask),
                              now);
           },
       .checkpoint_seconds = options.checkpoint_seconds});
}

template <class Model>
osteon::train::FitResult train(Model& model, osteon::prune::Mask<Model>& mask,
                               const Options& options, const Images& images,
                               const osteon::data::Loader& training,
                               const osteon::data::Loader& validation, Checkpoints& checkpoints) {
  namespace optim = osteon::optim;
  const double rate = options.learning_rate;
  const auto with = [&](auto optimizer) {
    return train(model, std::move(optimizer), mask, options, images, training, validation,
                 checkpoints);
  };
  if (options.optimizer == "sgd") {
    return with(optim::SGD(model, {.learning_rate = rate, .momentum = 0.9}));
  }
  return with(optim::Adam(model, {.learning_rate = rate,
                                  .weight_decay = options.optimizer == "adamw" ? 1e-2 : 0.0,
                                  .decoupled = options.optimizer == "adamw"}));
}

/// Scores a saved model on the validation images (and the test images, if there are any).
template <int ImageSize>
int evaluate_saved(const Options& options) {
  auto model = Net<ImageSize>::create(0);
  load_model(options.evaluate, model);
  const Images images = load(options);
  Results results;
  results.pruning = osteon::prune::report(model);
  results.file_bytes = std::filesystem::file_size(options.evaluate);
  const auto score = [&](const std::vector<std::size_t>& part) {
    const osteon::data::Loader loader(images.dataset, part, {.batch_size = options.batch});
    return osteon::train::evaluate(model, loader);
  };
  results.val = score(images.val);
  if (!images.test.empty()) results.test = score(images.test);
  std::printf("\n%s", summary(options, images, results).c_str());
  return 0;
}

template <int ImageSize>
int run(const Options& options) {
  using Model = Net<ImageSize>;
  if (!options.evaluate.empty()) return evaluate_saved<ImageSize>(options);

  check_figures_can_be_drawn();
  Checkpoints checkpoints(options);
  if (checkpoints.finished()) return 0;
  const Images images = load(options);
  osteon::require(images.dataset.classes.size() == 2, "this program tells two classes apart, but ",
                  images.source, " has ", images.dataset.classes.size());
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  osteon::require(!error, "cannot create the folder ", options.out.string(), ": ", error.message());
  checkpoints.check(images);

  auto model = Model::create(options.seed);
  Results results;
  const auto start = Clock::now();
  osteon::prune::Mask<Model> mask;
  if (!checkpoints.resumes()) {
    mask = make_mask(model, options);
    mask.apply(model);
    checkpoints.pruning_seconds = seconds_since(start);
  }
  results.pruning_seconds = checkpoints.pruning_seconds;

  const osteon::data::Loader training(
      images.dataset, images.train,
      {.batch_size = options.batch, .shuffle = true, .seed = options.seed});
  const osteon::data::Loader validation(images.dataset, images.val, {.batch_size = options.batch});
  results.training = train(model, mask, options, images, training, validation, checkpoints);

  // What counts is the best model as it was saved.
  auto best = Model::create(0);
  auto about = load_model(best_model_path(options), best);
  const auto final_path = options.out / "fracture_detector_final.safetensors";
  results.val = osteon::train::evaluate(best, validation, {}, &results.val_probabilities);
  about["val_accuracy"] = osteon::concat(results.val.confusion.accuracy());
  if (!images.test.empty()) {
    const osteon::data::Loader testing(images.dataset, images.test, {.batch_size = options.batch});
    results.test = osteon::train::evaluate(best, testing);
    about["test_accuracy"] = osteon::concat(results.test->confusion.accuracy());
  }
  save(final_path, osteon::io::state_of(std::as_const(best)), about);

  // Nonzeros are counted in the file, not in memory.
  auto saved = Model::create(0);
  load_model(final_path, saved);
  results.pruning = osteon::prune::report(saved);
  results.file_bytes = std::filesystem::file_size(final_path);
  results.inference_milliseconds = inference_milliseconds(saved);
  write(options, images, results);
  std::printf("\n%s\nreport: %s\n", summary(options, images, results).c_str(),
              (options.out / "metrics.json").string().c_str());
  if (results.training.interrupted) {
    std::printf("interrupted; --resume goes on from there\n");
    return 130;
  }
  checkpoints.finish();
  return 0;
}

}  // namespace fracture
