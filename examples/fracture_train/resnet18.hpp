// The network on a device: included by one source for each.
#pragma once

#include <osteon/io/host_state.hpp>
#include <osteon/osteon.hpp>
#include <osteon/train/trainer.hpp>

#include "network.hpp"
#include "options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fracture {

/// `T`: what activations are.
template <int ImageSize, class Device, class T>
class ResNet18 final : public Network {
  using Model =
      osteon::Model<osteon::models::ResNet18<2>, osteon::Shape<3, ImageSize, ImageSize>, T, Device>;
  using Schedule = std::function<double(std::uint64_t)>;

 public:
  explicit ResNet18(std::uint64_t seed) : model_(Model::create(seed)) {}

  io::ModelState<float> state() override { return host_.emplace(model_).state(); }
  void take(const io::ModelState<float>& state) override { host_.value().write_back(state); }

  void restore_batch_norm(const std::map<std::string, std::vector<float>>& folded_biases,
                          const osteon::data::Loader& images,
                          const std::function<void(std::size_t)>& progress) override {
    const auto view = [&](const train::InputBatch<Model>& batch) {
      progress(batch.labels.size());
      return batch.images;
    };
    osteon::nn::restore_batch_norm(model_, folded_biases, train::Feed<Model>(images, 0), view);
  }

  void prune(const Options& options) override {
    if (options.pruner == "none" || options.sparsity == 0) return;
    namespace prune = osteon::prune;
    if (options.pruner == "magnitude") {
      mask_ = prune::magnitude(model_, {.sparsity = options.sparsity});
    } else {
      train::Progress progress("SynFlow", options.prune_iterations, "iterations");
      mask_ = prune::synflow(
          model_, {.sparsity = options.sparsity, .iterations = options.prune_iterations},
          [&](const prune::SynflowIteration& i) {
            progress.update(i.iteration, osteon::concat("R ", i.flow, "  kept ", i.kept));
          });
      progress.finish(osteon::concat("kept ", mask_.kept(), " of ", Model::prunable_count));
    }
    mask_.apply(model_);
  }

  train::Learner learner(const Options& options, Schedule schedule) override {
    schedule_ = std::move(schedule);
    const double rate = options.learning_rate;
    if (options.optimizer == "sgd") {
      return with(sgd_,
                  {.learning_rate = rate,
                   .momentum = 0.9,
                   .weight_decay = std::max(options.weight_decay, 0.0)},
                  options);
    }
    const bool adamw = options.optimizer == "adamw";
    const double usual_decay = adamw ? 1e-2 : 0.0;
    return with(adam_,
                {.learning_rate = rate,
                 .weight_decay = options.weight_decay < 0 ? usual_decay : options.weight_decay,
                 .decoupled = adamw},
                options);
  }

  io::TrainingState<float> training_state() override {
    const auto state_with = [&](auto& own) {
      return own.host.emplace(model_, own.optimizer, mask_).state();
    };
    return sgd_ ? state_with(*sgd_) : state_with(*adam_);
  }
  void take(const io::TrainingState<float>& state) override {
    const auto take_with = [&](auto& own) {
      own.host.value().write_back(state);
      // An epoch that is resumed at its end has no step left: its rate is that of its last one.
      if (state.steps > 0) own.optimizer.set_learning_rate(schedule_(state.steps - 1));
    };
    sgd_ ? take_with(*sgd_) : take_with(*adam_);
  }

  train::Scorer scorer() override { return train::scorer(model_); }

 private:
  template <class Optimizer, class OptimizerOptions>
  struct Optimization {
    using Settings = OptimizerOptions;
    Optimization(const Model& model, const Settings& settings) : optimizer(model, settings) {}
    Optimizer optimizer;
    std::optional<io::HostTrainingState<Model, Optimizer>> host;
  };
  using Adam = Optimization<osteon::optim::Adam<Model>, osteon::optim::AdamOptions>;
  using SGD = Optimization<osteon::optim::SGD<Model>, osteon::optim::SGDOptions>;

  template <class Own>
  train::Learner with(std::unique_ptr<Own>& own, const typename Own::Settings& settings,
                      const Options& options) {
    own = std::make_unique<Own>(model_, settings);
    auto learner = train::learner(model_, own->optimizer, schedule_, mask_,
                                  {.label_smoothing = options.label_smoothing});
    learner.predict = scorer();  // validation asks for the truth, not for the smoothed labels
    return learner;
  }

  Model model_;
  osteon::prune::Mask<Model> mask_;
  Schedule schedule_;
  std::unique_ptr<Adam> adam_;
  std::unique_ptr<SGD> sgd_;
  std::optional<io::HostModelState<Model>> host_;
};

/// Throws osteon::Error on a size that is not compiled in.
template <class Device, class T>
std::unique_ptr<Network> make_resnet18(int image_size, std::uint64_t seed) {
  switch (image_size) {
    case 64:
      return std::make_unique<ResNet18<64, Device, T>>(seed);
    case 128:
      return std::make_unique<ResNet18<128, Device, T>>(seed);
    case 224:
      return std::make_unique<ResNet18<224, Device, T>>(seed);
    default:
      osteon::fail("images of ", image_size,
                   " px are not compiled in; use --image-size 64, 128 or 224");
  }
}

}  // namespace fracture
