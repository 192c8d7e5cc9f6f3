// Training as programs do it: batches from host memory, state into host memory and back.
#include <osteon/io/host_state.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/prune/prune.hpp>
#include <osteon/train/trainer.hpp>

#include "both.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace osteon {
namespace {

using test::Device;

using Net = nn::Sequential<nn::Conv2d<6, 3, 1, 1>, nn::BatchNorm2d, nn::ReLU,
                           models::BasicBlock<12, 2>, nn::GlobalAvgPool2d, nn::Linear<3>>;
using Net32 = Model<Net, Shape<3, 8, 8>, float, Device>;

constexpr std::size_t batch_size = 5;

/// Noise.
data::ImageDataset dataset(std::size_t batches) {
  data::ImageDataset result{8, {"a", "b", "c"}, {}, {}};
  Random random(51);
  for (std::size_t i = 0; i < batches * batch_size; ++i) {
    result.samples.push_back({"", static_cast<int>(i % 3), data::Part::all});
    for (std::size_t v = 0; v < result.image_bytes(); ++v)
      result.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
  }
  return result;
}

std::vector<std::size_t> all_of(const data::ImageDataset& set) {
  return set.indices(data::Part::all);
}

std::vector<double> numbers(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

ON_BOTH("cuda: a learner's steps and what it predicts", 1e-4) {
  auto net = Net32::create(3);
  auto mask = prune::magnitude(net, {.sparsity = 0.5});
  mask.apply(net);
  // Not Adam, which makes steps of rounding errors where a gradient is zero.
  optim::SGD sgd(net, {.learning_rate = 1e-2, .momentum = 0.9});
  const optim::ConstantSchedule schedule{1e-2};
  const auto learner = train::learner(net, sgd, schedule, mask);
  const auto images = dataset(4);
  const data::Loader loader(images, all_of(images), {.batch_size = batch_size});
  learner.learn(loader, 0, 0, [&](const train::BatchScore& score, auto) {
    record.add("loss", std::vector{score.loss});
    record.add("logits in training", numbers(score.logits));
    return true;
  });
  record.add("logits", numbers(train::evaluate(learner.predict, 3, loader).logits));
}

#if !defined(OSTEON_TEST_REFERENCE)
TEST_CASE("cuda: a learner's passes are recorded once and replayed on a GPU") {
  auto net = Net32::create(3);
  optim::SGD sgd(net, {.learning_rate = 1e-2});
  const optim::ConstantSchedule schedule{1e-2};
  const optim::Dense all;
  const auto learner = train::learner(net, sgd, schedule, all);
  const auto images = dataset(6);
  const data::Loader loader(images, all_of(images), {.batch_size = batch_size});
  const gpu::ReplayCounts before = gpu::replay_counts();
  learner.learn(loader, 0, 0, [](const train::BatchScore&, auto) { return true; });
  const gpu::ReplayCounts after = gpu::replay_counts();
  CAPTURE(after.reason);
  CHECK(after.recorded - before.recorded == (gpu::on_gpu ? 2 : 0));
  CHECK(after.replayed - before.replayed == (gpu::on_gpu ? 2 * 5 : 0));
  CHECK(after.failed == before.failed);
}
#endif

ON_BOTH("cuda: a training that is stopped, or whose images fail, ends at that batch", 1e-4) {
  const auto images = dataset(6);
  for (const int threads : {0, 1, 4}) {
    data::LoaderOptions settings{.batch_size = batch_size, .threads = threads, .prefetch = 2};
    const data::Loader validation(images, all_of(images), settings);
    auto net = Net32::create(3);
    optim::SGD sgd(net, {.learning_rate = 1e-2});
    const train::ProgressOutput silent{.seconds = [] { return 0.0; }, .write = [](auto) {}};
    const auto fit = [&](int batches_until_stop) {
      const data::Loader training(images, all_of(images), settings);
      return train::fit(
          net, sgd, optim::ConstantSchedule{1e-2}, optim::Dense{}, training, validation,
          {.epochs = 2, .stop = [&] { return --batches_until_stop == 0; }, .output = silent});
    };
    const auto result = fit(4);
    CHECK(result.interrupted);
    CHECK(sgd.steps() == 4);  // not the one that was on its way
    REQUIRE(result.history.size() == 1);
    record.add("losses", std::vector{result.history[0].train_loss, result.history[0].val_loss});

    settings.transform = [&](std::span<std::uint8_t> image, int, Random&) {
      if (std::ranges::equal(image, images.image(2 * batch_size)))
        throw std::runtime_error("unreadable");
    };
    CHECK_THROWS_WITH(fit(100), "unreadable");
    CHECK(sgd.steps() == 6);  // the two batches before it
  }
}

ON_BOTH("cuda: state goes into host memory and back", 0) {
  const auto train = [](auto& net, auto& adam, auto& mask, int steps) {
    net.gradients() = net.parameters() * 0.5F;
    for (int i = 0; i < steps; ++i) adam.step(net, mask);
  };
  using Adam = optim::Adam<Net32>;
  auto net = Net32::create(4);
  auto mask = prune::magnitude(net, {.sparsity = 0.5});
  mask.apply(net);
  Adam adam(net);
  train(net, adam, mask, 2);
  net.set_batches_tracked(7);
  io::HostTrainingState<Net32, Adam> from(net, adam, mask);
  const auto given = from.state();

  auto other = Net32::create(5);
  prune::Mask<Net32> other_mask;
  Adam other_adam(other);
  {
    io::HostTrainingState<Net32, Adam> to(other, other_adam, other_mask);
    auto state = to.state();
    std::ranges::copy(given.model.parameters, state.model.parameters.begin());
    std::ranges::copy(given.model.buffers, state.model.buffers.begin());
    std::ranges::copy(given.mask, state.mask.begin());
    for (std::size_t i = 0; i < given.optimizer.size(); ++i)
      std::ranges::copy(given.optimizer[i].second, state.optimizer[i].second.begin());
    state.model.batches_tracked = given.model.batches_tracked;
    state.seed = given.seed;
    state.steps = given.steps;
    to.write_back(state);
  }
  CHECK(other_mask == mask);
  CHECK(other_adam.steps() == 2);
  CHECK(other.seed() == net.seed());
  CHECK(other.batches_tracked() == 7);
  // What the copy learns next is what the original would.
  train(net, adam, mask, 1);
  train(other, other_adam, other_mask, 1);
  HostMirror expected(net.parameters()), copied(other.parameters());
  CHECK(std::ranges::equal(expected.span(), copied.span()));
  record.add("mask", HostMirror(mask.view()).span());
}

ON_BOTH("cuda: batch normalisation is restored", 1e-4) {
  auto net = Net32::create(6);
  std::vector<float> bias;
  for (int c = 0; c < 6; ++c) bias.push_back(static_cast<float>(c) / 6);
  const auto images = dataset(2);
  const data::Loader loader(images, all_of(images), {.batch_size = batch_size});
  nn::restore_batch_norm(net, {{"0", bias}}, train::Feed<Net32>(loader, 0),
                         [](const auto& batch) { return batch.images; });
  record.add("parameters", net.parameters());
  record.add("running statistics", HostMirror(net.buffers()).span());
}

}  // namespace
}  // namespace osteon
