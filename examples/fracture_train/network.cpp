#include "network.hpp"

#include <osteon/osteon.hpp>
#include <osteon/train/trainer.hpp>

#include "options.hpp"

#include <utility>

namespace fracture {
namespace {

using namespace osteon;

template <int ImageSize>
class ResNet18 final : public Network {
  using Model = osteon::Model<models::ResNet18<2>, Shape<3, ImageSize, ImageSize>>;
  using Schedule = std::function<double(std::uint64_t)>;

 public:
  explicit ResNet18(std::uint64_t seed) : model_(Model::create(seed)) {}

  io::ModelState<float> state() override { return io::state_of(model_); }
  void set_batches_tracked(std::int64_t count) override { model_.set_batches_tracked(count); }

  void restore_batch_norm(const std::map<std::string, std::vector<float>>& folded_biases,
                          const data::Loader& images,
                          const std::function<void(std::size_t)>& progress) override {
    nn::restore_batch_norm(model_, folded_biases, images.epoch(0), [&](const data::Batch& batch) {
      progress(batch.size());
      return typename Model::InputView(batch.images.data(), static_cast<Index>(batch.size()));
    });
  }

  void prune(const Options& options) override {
    if (options.pruner == "none" || options.sparsity == 0) return;
    if (options.pruner == "magnitude") {
      mask_ = prune::magnitude(model_, {.sparsity = options.sparsity});
    } else {
      train::Progress progress("SynFlow", options.prune_iterations, "iterations");
      mask_ = prune::synflow(
          model_, {.sparsity = options.sparsity, .iterations = options.prune_iterations},
          [&](const prune::SynflowIteration& i) {
            progress.update(i.iteration, concat("R ", i.flow, "  kept ", i.kept));
          });
      progress.finish(concat("kept ", mask_.kept(), " of ", Model::prunable_count));
    }
    mask_.apply(model_);
  }

  train::Learner learner(const Options& options, Schedule schedule) override {
    schedule_ = std::move(schedule);
    const double rate = options.learning_rate;
    if (options.optimizer == "sgd") {
      return with(sgd_,
                  optim::SGDOptions{.learning_rate = rate,
                                    .momentum = 0.9,
                                    .weight_decay = std::max(options.weight_decay, 0.0)},
                  options);
    }
    const bool adamw = options.optimizer == "adamw";
    const double usual_decay = adamw ? 1e-2 : 0.0;
    return with(adam_,
                optim::AdamOptions{
                    .learning_rate = rate,
                    .weight_decay = options.weight_decay < 0 ? usual_decay : options.weight_decay,
                    .decoupled = adamw},
                options);
  }

  io::TrainingState<float> training_state() override {
    return sgd_ ? io::training_state(model_, *sgd_, mask_)
                : io::training_state(model_, *adam_, mask_);
  }
  void set_counters(const io::TrainingState<float>& state) override {
    const auto take = [&](auto& optimizer) {
      io::set_counters(state, model_, optimizer);
      // An epoch that is resumed at its end has no step left: its rate is that of its last one.
      if (state.steps > 0) optimizer.set_learning_rate(schedule_(state.steps - 1));
    };
    sgd_ ? take(*sgd_) : take(*adam_);
  }

  train::Scorer scorer() override { return train::scorer(model_); }

 private:
  template <class Optimizer, class OptimizerOptions>
  train::Learner with(std::unique_ptr<Optimizer>& optimizer, const OptimizerOptions& settings,
                      const Options& options) {
    optimizer = std::make_unique<Optimizer>(model_, settings);
    auto learner = train::learner(model_, *optimizer, schedule_, mask_,
                                  {.label_smoothing = options.label_smoothing});
    learner.predict = scorer();  // validation asks for the truth, not for the smoothed labels
    return learner;
  }

  Model model_;
  prune::Mask<Model> mask_;
  Schedule schedule_;
  std::unique_ptr<optim::Adam<Model>> adam_;
  std::unique_ptr<optim::SGD<Model>> sgd_;
};

}  // namespace

std::string eigen_version() {
  return concat(EIGEN_WORLD_VERSION, '.', EIGEN_MAJOR_VERSION, '.', EIGEN_MINOR_VERSION);
}

std::unique_ptr<Network> make_network(int image_size, std::uint64_t seed) {
  switch (image_size) {
    case 64:
      return std::make_unique<ResNet18<64>>(seed);
    case 128:
      return std::make_unique<ResNet18<128>>(seed);
    case 224:
      return std::make_unique<ResNet18<224>>(seed);
    default:
      fail("images of ", image_size, " px are not compiled in; use --image-size 64, 128 or 224");
  }
}

}  // namespace fracture
