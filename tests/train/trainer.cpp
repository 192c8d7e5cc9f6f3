// The training loop on a problem that a small network solves: which half of the picture is bright.
#include <osteon/cpu/cpu.hpp>
#include <osteon/models/mlp.hpp>
#include <osteon/nn/model.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/prune/magnitude.hpp>
#include <osteon/train/trainer.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace osteon;
using Net = Model<models::MLP<Shape<16>, 2>, Shape<3, 8, 8>>;

data::ImageDataset halves(std::size_t count) {
  data::ImageDataset dataset;
  dataset.image_size = 8;
  dataset.classes = {"left", "right"};
  Random random(3);
  for (std::size_t i = 0; i < count; ++i) {
    const int label = static_cast<int>(i % 2);
    dataset.samples.push_back({"", label, data::Part::all});
    for (int pixel = 0; pixel < 64; ++pixel) {
      const bool bright = (pixel % 8 < 4) == (label == 0);
      for (int c = 0; c < 3; ++c) {
        dataset.pixels.push_back(
            static_cast<std::uint8_t>((bright ? 140 : 80) + random.between(-60, 60)));
      }
    }
  }
  return dataset;
}

train::ProgressOutput silent() {
  return {.seconds = [] { return 0.0; }, .write = [](std::string_view) {}};
}

struct Setup {
  data::ImageDataset dataset = halves(128);
  std::vector<std::size_t> first = std::vector<std::size_t>(96);
  std::vector<std::size_t> rest = std::vector<std::size_t>(32);
  Setup() {
    std::iota(first.begin(), first.end(), 0U);
    std::iota(rest.begin(), rest.end(), 96U);
  }
  [[nodiscard]] data::Loader training() const {
    return {dataset, first, {.batch_size = 16, .shuffle = true, .seed = 1}};
  }
  [[nodiscard]] data::Loader validation() const { return {dataset, rest, {.batch_size = 10}}; }
};

}  // namespace

TEST_CASE("fit learns, reports each epoch and keeps the mask") {
  const Setup setup;
  const auto training = setup.training();
  const auto validation = setup.validation();
  auto net = Net::create(1);
  const auto mask = prune::magnitude(net, {.sparsity = 0.5});
  mask.apply(net);
  optim::Adam adam(net);
  std::vector<int> best;
  const auto result =
      train::fit(net, adam, optim::ConstantSchedule{3e-3}, mask, training, validation,
                 {.epochs = 6,
                  .early_stopping = {.patience = 6},
                  .on_epoch =
                      [&](const train::EpochRecord& record, bool is_best) {
                        if (is_best) best.push_back(record.epoch);
                      },
                  .output = silent()});
  REQUIRE(result.history.size() == 6);
  CHECK(result.history.front().train_loss > result.history.back().train_loss);
  CHECK(result.history.back().val_accuracy > 0.9);
  CHECK(result.best_epoch == best.back());
  CHECK(!result.interrupted);
  CHECK(adam.steps() == 6 * 6);
  CHECK(prune::Mask<Net>::from_zeros(net) == mask);

  // What evaluate() says is what the last epoch saw.
  const auto score = train::evaluate(net, validation);
  CHECK(score.confusion.total() == 32);
  CHECK(score.loss == doctest::Approx(result.history.back().val_loss));
  REQUIRE(score.labels.size() == 32);
  const auto again = train::evaluate_logits(score.logits, score.labels, 2);
  CHECK(again.loss == doctest::Approx(score.loss));
  CHECK(again.confusion(1, 1) == score.confusion(1, 1));
}

TEST_CASE("the same seed gives the same run, whatever the number of threads") {
  const Setup setup;
  const auto training = setup.training();
  const auto validation = setup.validation();
  const auto run = [&](int threads) {
    cpu::set_num_threads(threads);
    auto net = Net::create(5);
    optim::SGD sgd(net, {.learning_rate = 0.01, .momentum = 0.9});
    train::fit(net, sgd, optim::ConstantSchedule{0.01}, optim::Dense{}, training, validation,
               {.epochs = 2, .output = silent()});
    const auto values = net.parameters().span();
    return std::vector<float>(values.begin(), values.end());
  };
  const auto one = run(1);
  CHECK(one == run(3));
  cpu::set_num_threads(2);
}

TEST_CASE("fit stops early without improvement") {
  const Setup setup;
  const auto training = setup.training();
  const auto validation = setup.validation();
  auto net = Net::create(1);
  optim::SGD sgd(net, {.learning_rate = 0});
  const auto result =
      train::fit(net, sgd, optim::ConstantSchedule{0}, optim::Dense{}, training, validation,
                 {.epochs = 30,
                  .early_stopping = {.patience = 3, .goal = train::Goal::maximize},
                  .output = silent()});
  CHECK(result.history.size() == 4);
  CHECK(result.best_epoch == 1);
}

TEST_CASE("an interrupted first epoch is still scored; a later one is dropped") {
  const Setup setup;
  const auto training = setup.training();
  const auto validation = setup.validation();
  for (const int stop_after : {2, 8}) {  // six batches make an epoch
    auto net = Net::create(1);
    optim::Adam adam(net);
    int batches = 0;
    const auto result = train::fit(
        net, adam, optim::ConstantSchedule{1e-3}, optim::Dense{}, training, validation,
        {.epochs = 5, .stop = [&] { return ++batches == stop_after; }, .output = silent()});
    CHECK(result.interrupted);
    CHECK(result.history.size() == 1);
    CHECK(result.best_epoch == 1);
  }
}

TEST_CASE("a loss that is not finite is an error that names the epoch and the learning rate") {
  const Setup setup;
  const auto training = setup.training();
  const auto validation = setup.validation();
  auto net = Net::create(1);
  net.parameters() = std::numeric_limits<float>::quiet_NaN();
  optim::Adam adam(net);
  try {
    train::fit(net, adam, optim::ConstantSchedule{1e-3}, optim::Dense{}, training, validation,
               {.output = silent()});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("the loss is nan in epoch 1") != std::string::npos);
  }
}

namespace {

/// Remembers where backward() read the gradient. Every step leaves memory behind that a tensor
/// which was given back could otherwise get again.
struct Watched : Net {
  explicit Watched(Net net) : Net(std::move(net)) {}

  OutputView forward(const InputView& x, nn::Mode mode, std::uint64_t step) {
    left.emplace_back(x.batch());
    return Net::forward(x, mode, step);
  }
  void backward(const OutputView& dy) {
    read.push_back(dy.data());
    batches.push_back(dy.batch());
    Net::backward(dy);
  }

  std::vector<OutputTensor> left;
  std::vector<const float*> read;
  std::vector<Index> batches;
};

}  // namespace

TEST_CASE("a learner's gradients lie in the same memory at every step") {
  const Setup setup;
  Watched net(Net::create(1));
  optim::SGD sgd(net, {.learning_rate = 0.1});
  const optim::ConstantSchedule schedule{0.1};
  const optim::Dense all;
  const auto learner = train::learner(net, sgd, schedule, all);
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    learner.learn(setup.validation(), epoch, 0, [](const auto&, auto) { return true; });
  }
  // 32 images in batches of 10: the last one is smaller.
  CHECK(net.batches == std::vector<Index>{10, 10, 10, 2, 10, 10, 10, 2});
  CHECK(net.read == std::vector<const float*>(8, net.read.front()));
}
