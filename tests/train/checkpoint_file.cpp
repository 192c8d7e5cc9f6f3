// A training that is stopped anywhere and continued from its checkpoint ends as one left alone.
#include <osteon/cpu/cpu.hpp>
#include <osteon/data/augment.hpp>
#include <osteon/nn/model.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/prune/synflow.hpp>
#include <osteon/train/checkpoint_file.hpp>
#include <osteon/train/trainer.hpp>

#include "../io/temporary_folder.hpp"
#include <doctest/doctest.h>

#include <bit>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace osteon;
using test::TemporaryFolder;

// Everything that has a state: running statistics, a mask, dropout's counter.
struct Small : nn::Sequential<nn::Conv2d<6, 3, 1, 1>, nn::BatchNorm2d, nn::ReLU, nn::MaxPool2d<2>,
                              nn::Flatten, nn::Dropout<25>, nn::Linear<3>> {};
using Net = Model<Small, Shape<3, 8, 8>>;

data::ImageDataset noise(std::size_t count) {
  data::ImageDataset dataset;
  dataset.image_size = 8;
  dataset.classes = {"a", "b", "c"};
  Random random(11);
  for (std::size_t i = 0; i < count; ++i) {
    dataset.samples.push_back({"", random.between(0, 2), data::Part::all});
    for (int value = 0; value < 8 * 8 * 3; ++value)
      dataset.pixels.push_back(static_cast<std::uint8_t>(random.between(0, 255)));
  }
  return dataset;
}

struct Setup {
  data::ImageDataset dataset = noise(52);
  std::vector<std::size_t> first = std::vector<std::size_t>(37);
  std::vector<std::size_t> rest = std::vector<std::size_t>(15);
  data::Loader training, validation;
  Setup()
      : training(
            (std::iota(first.begin(), first.end(), 0U), dataset), first,
            {.batch_size = 8,
             .shuffle = true,
             .seed = 3,
             .transform = data::Augment({.horizontal_flip = 0.5F, .degrees = 10, .noise = 0.1F})}),
        validation((std::iota(rest.begin(), rest.end(), 37U), dataset), rest, {.batch_size = 8}) {}
};
constexpr int epochs = 3, batches = 5, all_batches = epochs * batches;

/// What a training leaves behind, as numbers.
struct Outcome {
  std::vector<float> last, last_buffers, best, optimizer;
  std::vector<double> history;  // without times
  std::vector<std::uint8_t> mask;
  int best_epoch = 0;
  std::uint64_t steps = 0;
  std::int64_t tracked = 0;
  bool operator==(const Outcome&) const = default;
};

template <class T>
void append(std::vector<T>& to, std::span<const T> values) {
  to.insert(to.end(), values.begin(), values.end());
}

/// Trains from the checkpoint at `path`, or from the start where there is none, until batch
/// `stop_after` of this run (0: to the end).
template <class Optimizer, class Options>
Outcome run(const Setup& setup, const Options& options, const std::filesystem::path& path,
            int stop_after, std::vector<float> best = {}, double every = 1e9,
            const train::EarlyStoppingOptions& stopping = {.patience = epochs}) {
  // What the checkpoint must replace: other weights, another mask, another seed of Dropout.
  const bool resumed = std::filesystem::exists(path);
  Net net = Net::create(resumed ? 99 : 4);
  Optimizer optimizer(net, options);
  prune::Mask<Net> mask;
  train::Checkpoint checkpoint;
  if (resumed) {
    const auto file = io::read_checkpoint(path);
    auto state = io::training_state(net, optimizer, mask);
    io::restore(file, state);
    io::set_counters(state, net, optimizer);
    checkpoint = train::read_loop(file);
  } else {
    mask = prune::synflow(net, {.sparsity = 0.6, .iterations = 5});
    mask.apply(net);
  }
  const auto& read_only = std::as_const(net);
  Outcome outcome;
  int done = 0;
  const auto result =
      train::fit(net, optimizer, optim::CosineSchedule{1e-2, all_batches, 0}, mask, setup.training,
                 setup.validation,
                 {.epochs = epochs,
                  .early_stopping = stopping,
                  .stop = [&] { return ++done == stop_after; },
                  .on_epoch =
                      [&](const train::EpochRecord&, bool is_best) {
                        if (!is_best) return;
                        best.clear();
                        append(best, read_only.parameters().span());
                        append(best, read_only.buffers());
                      },
                  .resume = checkpoint,
                  .on_checkpoint =
                      [&](const train::Checkpoint& now) {
                        train::write_checkpoint<float>(
                            path, io::training_state(read_only, optimizer, mask), now);
                      },
                  .checkpoint_seconds = every,
                  .output = {.seconds = [] { return 0.0; }, .write = [](std::string_view) {}}});
  append(outcome.last, read_only.parameters().span());
  append(outcome.last_buffers, read_only.buffers());
  outcome.best = best;
  for (const auto* values : optimizer.states()) append(outcome.optimizer, values->span());
  for (const train::EpochRecord& r : result.history) {
    outcome.history.insert(outcome.history.end(),
                           {static_cast<double>(r.epoch), r.train_loss, r.train_accuracy,
                            r.val_loss, r.val_accuracy, r.learning_rate});
  }
  append(outcome.mask, std::as_const(mask).span());
  outcome.best_epoch = result.best_epoch;
  outcome.steps = optimizer.steps();
  outcome.tracked = net.batches_tracked();
  return outcome;
}

template <class Optimizer, class Options>
void check_every_stop(const Options& options) {
  const Setup setup;
  const TemporaryFolder folder;
  const Outcome alone = run<Optimizer>(setup, options, folder / "alone.safetensors", 0);
  REQUIRE(alone.steps == all_batches);
  REQUIRE(alone.history.size() == epochs * 6);
  for (int stop = 1; stop <= all_batches; ++stop) {
    CAPTURE(stop);
    const auto path = folder / concat("stop", stop, ".safetensors");
    const Outcome half = run<Optimizer>(setup, options, path, stop);
    CHECK(half.steps == static_cast<std::uint64_t>(stop));
    CHECK(run<Optimizer>(setup, options, path, 0, half.best) == alone);
  }
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

TEST_CASE("stopped after any batch and resumed, a run of Adam ends as one left alone") {
  check_every_stop<optim::Adam<Net>>(optim::AdamOptions{.weight_decay = 1e-3});
}

TEST_CASE("stopped after any batch and resumed, a run of SGD ends as one left alone") {
  check_every_stop<optim::SGD<Net>>(optim::SGDOptions{.momentum = 0.9, .nesterov = true});
}

TEST_CASE("stopped after every single batch, a run still ends as one left alone") {
  const Setup setup;
  const TemporaryFolder folder;
  const optim::AdamOptions options;
  const Outcome alone = run<optim::Adam<Net>>(setup, options, folder / "alone.safetensors", 0);
  Outcome outcome;
  for (int i = 0; i < all_batches; ++i)
    outcome = run<optim::Adam<Net>>(setup, options, folder / "steps.safetensors", 1, outcome.best);
  CHECK(run<optim::Adam<Net>>(setup, options, folder / "steps.safetensors", 0, outcome.best) ==
        alone);
}

TEST_CASE("early stopping goes on counting, and a finished run has nothing left to do") {
  const Setup setup;
  const TemporaryFolder folder;
  // No improvement is large enough: the first epoch stays the best, patience ends with the second.
  const train::EarlyStoppingOptions stopping{.patience = 1, .min_delta = 2};
  const auto path = folder / "run.safetensors";
  const auto train_on = [&](int stop_after, const Outcome& before) {
    return run<optim::SGD<Net>>(setup, optim::SGDOptions{}, path, stop_after, before.best, 1e9,
                                stopping);
  };
  const Outcome half = train_on(batches + 2, {});
  const Outcome whole = train_on(0, half);
  CHECK(whole.steps == 2 * batches);
  CHECK(whole.best_epoch == 1);
  CHECK(train_on(0, whole) == whole);
}

TEST_CASE("checkpoints come after every epoch and, within one, after the time asked for") {
  const Setup setup;
  const auto saved = [&](double every) {
    Net net = Net::create(1);
    optim::SGD<Net> sgd(net);
    double now = 0;
    std::vector<std::pair<std::size_t, std::size_t>> seen;
    train::fit(net, sgd, optim::ConstantSchedule{0.01}, optim::Dense{}, setup.training,
               setup.validation,
               {.epochs = 2,
                .stop =
                    [&] {
                      now += 10;
                      return false;
                    },
                .on_checkpoint =
                    [&](const train::Checkpoint& at) {
                      seen.emplace_back(at.history.size(), at.partial ? at.partial->batches : 0);
                    },
                .checkpoint_seconds = every,
                .output = {.seconds = [&] { return now; }, .write = [](std::string_view) {}}});
    return seen;
  };
  using Seen = std::vector<std::pair<std::size_t, std::size_t>>;
  CHECK(saved(1e9) == Seen{{1, 0}, {2, 0}});
  CHECK(saved(20) == Seen{{0, 2}, {0, 4}, {1, 0}, {1, 2}, {1, 4}, {2, 0}});
  CHECK(saved(0).size() == 12);
}

TEST_CASE("the loop's state is read back bit for bit") {
  const TemporaryFolder folder;
  const auto path = folder / "run.safetensors";
  Net net = Net::create(1);
  optim::SGD<Net> sgd(net);
  prune::Mask<Net> mask;
  train::Checkpoint before;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  before.history = {{1, 0.1, 1.0 / 3, nan, 0.5, 1e-3, 12.5, 170.25},
                    {2, 5e-324, 1, 1e300, 0, 2, 3, 4}};
  before.seconds = 0.1 + 0.2;
  before.training_seconds = 1e-17;
  const auto read = [&] {
    train::write_checkpoint<float>(path, io::training_state(std::as_const(net), sgd, mask), before);
    return train::read_loop(io::read_checkpoint(path));
  };
  const auto numbers = [](const train::Checkpoint& c) {
    std::vector<double> all{c.seconds, c.training_seconds};
    for (const train::EpochRecord& r : c.history) {
      all.insert(all.end(),
                 {static_cast<double>(r.epoch), r.train_loss, r.train_accuracy, r.val_loss,
                  r.val_accuracy, r.learning_rate, r.seconds, r.images_per_second});
    }
    return all;
  };
  CHECK(same_bits(numbers(read()), numbers(before)));
  CHECK(!read().partial);

  before.partial = train::PartialEpoch{3, 1.0 / 7, train::ConfusionMatrix(3), 2.5};
  before.partial->confusion.add(1, 2, 5);
  before.partial->confusion.add(0, 0, 7);
  const train::Checkpoint after = read();
  REQUIRE(after.partial);
  CHECK(after.partial->batches == 3);
  CHECK(after.partial->loss == 1.0 / 7);
  CHECK(after.partial->seconds == 2.5);
  CHECK(after.partial->confusion(1, 2) == 5);
  CHECK(after.partial->confusion.total() == 12);
}
