// One experiment, from images that are split to a report.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/data/augment.hpp>
#include <osteon/train/interrupt.hpp>
#include <osteon/train/trainer.hpp>

#include "checkpoints.hpp"
#include "images.hpp"
#include "network.hpp"
#include "options.hpp"
#include "predictions.hpp"
#include "pretrained.hpp"
#include "recipe.hpp"
#include "report.hpp"
#include "results.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fracture {

/// The groups that a part has images of.
[[nodiscard]] inline std::set<std::size_t> groups_of(const Images& images,
                                                     const std::vector<std::size_t>& part) {
  const auto groups = at(images.group, part);
  return {groups.begin(), groups.end()};
}

namespace detail {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The network's answers to a part, or the mean of those to the images and to their mirror images.
[[nodiscard]] inline train::Evaluation answers(const Options& options, const Images& images,
                                               const std::vector<std::size_t>& part,
                                               Network& network) {
  data::LoaderOptions settings = loading(options);
  std::vector<train::Evaluation> looks;
  const auto look = [&] {
    const data::Loader loader(images.dataset, part, settings);
    looks.push_back(train::evaluate(network.scorer(), images.classes().size(), loader));
  };
  look();
  if (!options.test_time_flips) return std::move(looks.front());
  settings.transform = data::Augment({.horizontal_flip = 1});
  look();
  return train::average(looks);
}

/// Scores a part; `trained`: the groups that the network was trained on.
[[nodiscard]] inline Scores scored(train::Evaluation answers, const DecisionRule& rule,
                                   const Options& options, const Images& images,
                                   const std::vector<std::size_t>& part,
                                   const std::set<std::size_t>& trained) {
  return score(std::move(answers), at(images.group, part), trained, rule, options.seed);
}

/// The rule is chosen on these images.
inline void score_validation(Results& results, const Options& options, const Images& images,
                             Network& network) {
  auto val = answers(options, images, images.val, network);
  results.rule = choose_rule(val, images.positive);
  results.val = scored(std::move(val), results.rule, options, images, images.val,
                       groups_of(images, images.train));
}

/// Where there is a test part. It is looked at here and nowhere else.
inline void score_test(Results& results, const Options& options, const Images& images,
                       Network& network) {
  if (images.test.empty()) return;
  auto test = answers(options, images, images.test, network);
  results.test = scored(std::move(test), results.rule, options, images, images.test,
                        groups_of(images, images.train));
}

/// What a saved model says about itself.
[[nodiscard]] inline io::Metadata metadata(const Options& options, const Images& images) {
  return {{"framework", "osteon"},
          {"network", "resnet18"},
          {"classes", osteon::concat(images.classes()[0], ", ", images.classes()[1])},
          {"positive_class", images.classes()[images.positive]},
          {"image_size", std::to_string(options.image_size)},
          {"normalization", "imagenet"},
          {"test_time_flips", options.test_time_flips ? "yes" : "no"},
          {"split", options.split},
          {"pruner", options.pruner},
          {"sparsity", osteon::concat(options.pruner == "none" ? 0.0 : options.sparsity)},
          {"seed", std::to_string(options.seed)}};
}

/// Median milliseconds of one image through the network.
[[nodiscard]] inline double inference_milliseconds(const Images& images, Network& network) {
  const std::vector<std::size_t> one_at_a_time(21, images.val.front());
  const data::Loader loader(images.dataset, one_at_a_time, {.batch_size = 1});
  std::vector<double> times;
  auto start = Clock::now();
  network.scorer()(loader, 0, 0, [&](const auto&, auto) {
    times.push_back(1e3 * seconds_since(start));
    start = Clock::now();
    return true;
  });
  std::nth_element(times.begin(), times.begin() + 10, times.end());
  return times[10];
}

/// Trains; the best model so far is always on disk.
[[nodiscard]] inline train::FitResult fit(const Options& options, const Images& images,
                                          Network& network, Checkpoints& checkpoints) {
  const data::Loader training = training_loader(options, images);
  const data::Loader validation(images.dataset, images.val, loading(options));
  const auto steps = training.batches() * static_cast<std::size_t>(options.epochs);
  const train::InterruptGuard interrupt;
  const train::Learner learner = network.learner(options, schedule(options, steps));
  const train::Checkpoint start = checkpoints.begin(network);
  std::vector<train::EpochRecord> history = start.history;
  const auto on_epoch = [&](const train::EpochRecord& record, bool best) {
    if (best) {
      auto about = metadata(options, images);
      about["epoch"] = std::to_string(record.epoch);
      save(options.out / best_model, network, about);
      if (history.empty()) write_split(options.out / "split.csv", images);
    }
    history.push_back(record);
    train::write_history(options.out / "history.csv", history);
  };
  return train::fit(
      learner, training, validation,
      {.epochs = options.epochs,
       .early_stopping = {.patience = options.patience,
                          .goal = options.monitor == "loss" ? train::Goal::minimize
                                                            : train::Goal::maximize},
       .stop = [&] { return interrupt.requested(); },
       .on_epoch = on_epoch,
       .resume = start,
       .on_checkpoint = [&](const train::Checkpoint& now) { checkpoints.save(network, now); },
       .checkpoint_seconds = options.checkpoint_seconds});
}

}  // namespace detail

/// Prunes, trains, keeps the best model, chooses its decision rule on the validation images, and
/// only then looks at the test images: when the training has come to its end, not when it was
/// interrupted. Everything is written into options.out, which exists.
inline Results run(const Options& options, const Images& images) {
  Checkpoints checkpoints(options);
  checkpoints.say();
  checkpoints.check(images);

  Results results;
  const auto network = make_network(options, options.seed);
  if (checkpoints.finished()) {
    load(options.out / final_model, *network);
    results.pruning = count(*network);
    detail::score_validation(results, options, images, *network);
    detail::score_test(results, options, images, *network);
    return results;
  }
  if (!checkpoints.resumes()) {
    results.pretrained = load_pretrained(options, images, *network);
    const auto start = detail::Clock::now();
    network->prune(options);
    checkpoints.pruning_seconds = detail::seconds_since(start);
  }
  results.pruning_seconds = checkpoints.pruning_seconds;
  results.training = detail::fit(options, images, *network, checkpoints);

  // What counts is the best model as it was saved.
  auto about = load(options.out / best_model, *network);
  detail::score_validation(results, options, images, *network);
  if (!results.training.interrupted) detail::score_test(results, options, images, *network);
  describe(results, about);
  save(options.out / final_model, *network, about);
  load(options.out / final_model, *network);
  results.pruning = count(*network);
  results.file_bytes = std::filesystem::file_size(options.out / final_model);
  results.inference_milliseconds = detail::inference_milliseconds(images, *network);
  results.data_digest = checkpoints.data_digest();
  write_predictions(options.out / "predictions.csv", images, results);
  write(options, images, results, summary(options, images, results));
  if (results.training.interrupted) {
    std::printf("interrupted; --resume goes on from there%s\n",
                images.test.empty() ? "" : "; the test images have not been looked at");
  } else {
    checkpoints.finish();
  }
  return results;
}

}  // namespace fracture
