#include "run.hpp"

#include <osteon/core/error.hpp>
#include <osteon/data/augment.hpp>
#include <osteon/data/balanced_sampler.hpp>
#include <osteon/optim/schedule.hpp>
#include <osteon/train/interrupt.hpp>
#include <osteon/train/trainer.hpp>

#include "network.hpp"
#include "pretrained.hpp"
#include "report.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace fracture {
namespace {

using namespace osteon;
using Clock = std::chrono::steady_clock;
using Schedule = std::function<double(std::uint64_t)>;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

data::AugmentOptions augmentation(const Options& o) {
  data::AugmentOptions amounts;
  if (o.augment == "light") amounts = {0.5F, 10, 0.05F, 0.1F, 0.1F, 0.1F, 0};
  if (o.augment == "strong") amounts = {0.5F, 30, 0.1F, 0.2F, 0.2F, 0.2F, 0.02F};
  const auto instead = [](float& amount, double asked) {
    if (asked >= 0) amount = static_cast<float>(asked);
  };
  instead(amounts.horizontal_flip, o.flip);
  instead(amounts.degrees, o.degrees);
  instead(amounts.translate, o.translate);
  instead(amounts.scale, o.scale);
  instead(amounts.brightness, o.brightness);
  instead(amounts.contrast, o.contrast);
  instead(amounts.noise, o.noise);
  return amounts;
}

data::Loader training_loader(const Options& options, const Images& images) {
  data::LoaderOptions settings{.batch_size = options.batch, .shuffle = true, .seed = options.seed};
  const data::AugmentOptions amounts = augmentation(options);
  const auto changes = {amounts.horizontal_flip, amounts.degrees,  amounts.translate, amounts.scale,
                        amounts.brightness,      amounts.contrast, amounts.noise};
  if (std::ranges::any_of(changes, [](float amount) { return amount > 0; }))
    settings.transform = data::Augment(amounts);
  if (options.balance == "sources") {
    settings.sampler = data::BalancedSampler(data::labels_of(images.dataset.samples, images.train),
                                             at(images.group, images.train));
  }
  return {images.dataset, images.train, std::move(settings)};
}

Schedule schedule(const Options& options, std::uint64_t steps) {
  const double rate = options.learning_rate;
  if (options.schedule == "cosine")
    return optim::CosineSchedule{.learning_rate = rate, .steps = steps};
  if (options.schedule == "one-cycle")
    return optim::OneCycleSchedule{.max_learning_rate = rate, .steps = steps};
  return optim::ConstantSchedule{rate};
}

/// The network's answers to a part, or the mean of those to the images and to their mirror images.
train::Evaluation answers(const Options& options, const Images& images,
                          const std::vector<std::size_t>& part, Network& network) {
  data::LoaderOptions settings{.batch_size = options.batch};
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

/// The rule is chosen on validation images; test images are looked at here and nowhere else.
void score_parts(Results& results, const Options& options, const Images& images, Network& network) {
  auto val = answers(options, images, images.val, network);
  results.rule = choose_rule(val, images.positive);
  results.val = score(std::move(val), at(images.group, images.val), results.rule, options.seed);
  if (images.test.empty()) return;
  results.test = score(answers(options, images, images.test, network),
                       at(images.group, images.test), results.rule, options.seed);
}

/// What a saved model says about itself.
io::Metadata metadata(const Options& options, const Images& images) {
  return {{"framework", "osteon"},
          {"network", "resnet18"},
          {"classes", concat(images.classes()[0], ", ", images.classes()[1])},
          {"positive_class", images.classes()[images.positive]},
          {"image_size", std::to_string(options.image_size)},
          {"normalization", "imagenet"},
          {"test_time_flips", options.test_time_flips ? "yes" : "no"},
          {"split", options.split},
          {"pruner", options.pruner},
          {"sparsity", concat(options.pruner == "none" ? 0.0 : options.sparsity)},
          {"seed", std::to_string(options.seed)}};
}

/// Median milliseconds of one image through the network.
double inference_milliseconds(const Options& options, Network& network) {
  const auto side = static_cast<std::size_t>(options.image_size);
  const data::Batch one{std::vector<float>(side * side * 3), {0}, {0}};
  const train::Scorer scorer = network.scorer();
  std::vector<double> times;
  for (int i = 0; i < 21; ++i) {
    const auto start = Clock::now();
    static_cast<void>(scorer(one));
    times.push_back(1e3 * seconds_since(start));
  }
  std::nth_element(times.begin(), times.begin() + 10, times.end());
  return times[10];
}

/// Trains; the best model so far is always on disk.
train::FitResult fit(const Options& options, const Images& images, Network& network) {
  const data::Loader training = training_loader(options, images);
  const data::Loader validation(images.dataset, images.val, {.batch_size = options.batch});
  const auto steps = training.batches() * static_cast<std::size_t>(options.epochs);
  const train::InterruptGuard interrupt;
  std::vector<train::EpochRecord> history;
  const auto on_epoch = [&](const train::EpochRecord& record, bool best) {
    if (best) {
      auto about = metadata(options, images);
      about["epoch"] = std::to_string(record.epoch);
      save(options.out / best_model, network, about);
    }
    history.push_back(record);
    train::write_history(options.out / "history.csv", history);
  };
  return train::fit(network.learner(options, schedule(options, steps)), training, validation,
                    {.epochs = options.epochs,
                     .early_stopping = {.patience = options.patience,
                                        .goal = options.monitor == "loss" ? train::Goal::minimize
                                                                          : train::Goal::maximize},
                     .stop = [&] { return interrupt.requested(); },
                     .on_epoch = on_epoch});
}

}  // namespace

Results run(const Options& options, const Images& images) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  require(!error, "cannot create the folder ", options.out.string(), ": ", error.message());
  write_split(options.out / "split.csv", images);

  Results results;
  const auto network = make_network(options.image_size, options.seed);
  results.weights = load_pretrained(options, images, *network);
  const auto start = Clock::now();
  network->prune(options);
  results.pruning_seconds = seconds_since(start);
  results.training = fit(options, images, *network);

  // What counts is the best model as it was saved.
  auto about = load(options.out / best_model, *network);
  score_parts(results, options, images, *network);
  describe(results, about);
  save(options.out / final_model, *network, about);
  load(options.out / final_model, *network);
  results.pruning = count(*network);
  results.file_bytes = std::filesystem::file_size(options.out / final_model);
  results.inference_milliseconds = inference_milliseconds(options, *network);
  write(options, images, results);
  return results;
}

Results evaluate_saved(const Options& options, const Images& images) {
  const auto network = make_network(options.image_size, 0);
  load(options.evaluate, *network);
  Results results;
  results.pruning = count(*network);
  results.file_bytes = std::filesystem::file_size(options.evaluate);
  score_parts(results, options, images, *network);
  return results;
}

}  // namespace fracture
