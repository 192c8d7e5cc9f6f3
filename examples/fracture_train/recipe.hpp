// How a network is trained: what it is shown, and how fast it learns.
#pragma once

#include <osteon/data/augment.hpp>
#include <osteon/data/balanced_sampler.hpp>
#include <osteon/data/loader.hpp>
#include <osteon/optim/schedule.hpp>

#include "images.hpp"
#include "options.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

namespace fracture {

namespace optim = osteon::optim;

/// The amounts of --augment, or those that were given instead.
[[nodiscard]] inline data::AugmentOptions augmentation(const Options& o) {
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

/// Throws osteon::Error on amounts that make no sense: before images are read, not after.
inline void check_augmentation(const Options& options) {
  static_cast<void>(data::Augment(augmentation(options)));
}

/// How batches are made, whatever is in them. Where the network leaves the processor alone, all of
/// its threads make them; their number changes no batch.
[[nodiscard]] inline data::LoaderOptions loading(const Options& options) {
  data::LoaderOptions settings{.batch_size = options.batch, .seed = options.seed};
  if (options.device != "cpu") {
    settings.threads = options.threads;
    settings.prefetch = static_cast<std::size_t>(options.threads) + 2;
  }
  return settings;
}

/// Shuffled, changed and balanced batches of the training part.
[[nodiscard]] inline data::Loader training_loader(const Options& options, const Images& images) {
  data::LoaderOptions settings = loading(options);
  settings.shuffle = true;
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

/// The learning rate of a step, of `steps` in all.
[[nodiscard]] inline std::function<double(std::uint64_t)> schedule(const Options& options,
                                                                   std::uint64_t steps) {
  const double rate = options.learning_rate;
  if (options.schedule == "cosine")
    return optim::CosineSchedule{.learning_rate = rate, .steps = steps};
  if (options.schedule == "one-cycle")
    return optim::OneCycleSchedule{.max_learning_rate = rate, .steps = steps};
  return optim::ConstantSchedule{rate};
}

}  // namespace fracture
