// A mask survives training, saving, loading and resuming, through momentum and weight decay.
#include <osteon/io/checkpoint.hpp>
#include <osteon/io/model_file.hpp>
#include <osteon/optim/optim.hpp>

#include "../io/temporary_folder.hpp"
#include "networks.hpp"

#include <cstring>

using namespace osteon;
using namespace osteon::test;

namespace {

using Net = SmallConvNet<float>;
using Mask = prune::Mask<Net>;
constexpr Index batch = 8;

/// One step on a batch that is a function of the step.
template <class Optimizer, class AnyMask>
void train_step(Net& net, Optimizer& optimizer, const AnyMask& mask, int step) {
  Random random(77, static_cast<std::uint64_t>(step));
  Net::InputTensor x(batch);
  std::vector<int> labels(batch);
  for (float& value : x.span()) value = random.normal();
  for (int& label : labels) label = random.between(0, 2);
  Net::OutputTensor dlogits(batch);
  net.zero_gradients();
  const auto logits = net.forward(x, nn::Mode::training, static_cast<std::uint64_t>(step));
  (void)nn::CrossEntropyLoss{}(logits, std::span<const int>(labels), dlogits.view());
  net.backward(dlogits);
  optimizer.step(net, mask);
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// Entries of removed weights that are anything but +0.
Index strays(std::span<const float> values, const Mask& mask) {
  Index count = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    count += mask.span()[i] == 0 && (values[i] != 0 || std::signbit(values[i])) ? 1 : 0;
  }
  return count;
}

template <class Optimizer>
void check_clean(const Net& net, Optimizer& optimizer, const Mask& mask) {
  CHECK(strays(net.parameters().span(), mask) == 0);
  CHECK(strays(net.gradients().span(), mask) == 0);
  for (const auto* state : optimizer.states()) CHECK(strays(state->span(), mask) == 0);
  CHECK(Mask::from_zeros(net) == mask);
}

/// 1000 steps at 90 %, and the same with a stop, a save and a resume in the middle.
template <class Optimizer, class Options>
void check_survival(const Options& options) {
  Net net = Net::create(1);
  const Mask mask = prune::synflow(net, {.sparsity = 0.9, .iterations = 20});
  REQUIRE(mask.kept() == prune::kept_count(Net::prunable_count, 0.1));
  mask.apply(net);
  Optimizer optimizer(net, options);
  const TemporaryFolder folder;
  const Net start = net;
  for (int step = 0; step < 1000; ++step) {
    if (step == 500) {
      check_clean(net, optimizer, mask);
      io::save_checkpoint(folder / "half.safetensors", net, optimizer, mask);
    }
    train_step(net, optimizer, mask, step);
  }
  check_clean(net, optimizer, mask);
  CHECK_FALSE(same_bits(std::as_const(net).parameters().span(), start.parameters().span()));

  Net resumed = Net::create(2);  // other weights, to be overwritten
  Optimizer resumed_optimizer(resumed, options);
  Mask resumed_mask;
  (void)io::load_checkpoint(folder / "half.safetensors", resumed, resumed_optimizer, resumed_mask);
  CHECK(resumed_mask == mask);
  CHECK(strays(std::as_const(resumed).parameters().span(), mask) == 0);
  for (int step = 500; step < 1000; ++step) {
    train_step(resumed, resumed_optimizer, resumed_mask, step);
  }
  CHECK(same_bits(std::as_const(resumed).parameters().span(),
                  std::as_const(net).parameters().span()));
  CHECK(same_bits(std::as_const(resumed).buffers(), std::as_const(net).buffers()));
  for (std::size_t i = 0; i < optimizer.states().size(); ++i) {
    CHECK(same_bits(resumed_optimizer.states()[i]->span(), optimizer.states()[i]->span()));
  }

  io::save_model(folder / "final.safetensors", net);
  Net loaded = Net::create(3);
  (void)io::load_model(folder / "final.safetensors", loaded);
  CHECK(
      same_bits(std::as_const(loaded).parameters().span(), std::as_const(net).parameters().span()));
  CHECK(Mask::from_zeros(loaded) == mask);
  CHECK(prune::report(loaded).prunable_nonzero == mask.kept());
}

}  // namespace

TEST_CASE("a mask survives 1000 steps of Adam with weight decay") {
  check_survival<optim::Adam<Net>>(optim::AdamOptions{.weight_decay = 1e-3});
}

TEST_CASE("a mask survives 1000 steps of AdamW") {
  check_survival<optim::AdamW<Net>>(optim::AdamWOptions{.weight_decay = 1e-2});
}

TEST_CASE("a mask survives 1000 steps of SGD with momentum and weight decay") {
  check_survival<optim::SGD<Net>>(
      optim::SGDOptions{.learning_rate = 1e-2, .momentum = 0.9, .weight_decay = 1e-3});
}

TEST_CASE("a mask survives 1000 steps of SGD with Nesterov's momentum") {
  check_survival<optim::SGD<Net>>(optim::SGDOptions{
      .learning_rate = 1e-2, .momentum = 0.9, .weight_decay = 1e-3, .nesterov = true});
}

TEST_CASE("a mask that comes during training cleans weights, momentum and gradients at once") {
  const auto check = [](auto optimizer) {
    Net net = Net::create(4);
    for (int step = 0; step < 20; ++step) train_step(net, optimizer, optim::Dense{}, step);
    const Mask mask = prune::magnitude(net, {.sparsity = 0.8});
    train_step(net, optimizer, mask, 20);
    check_clean(net, optimizer, mask);
  };
  const Net any = Net::create(4);
  check(optim::Adam<Net>(any, {.weight_decay = 1e-3}));
  check(optim::AdamW<Net>(any));
  check(optim::SGD<Net>(any, {.momentum = 0.9, .weight_decay = 1e-3, .nesterov = true}));
}

TEST_CASE("without a mask in training, pruning is lost: why optimizers take one") {
  Net net = Net::create(5);
  const Mask mask = prune::synflow(net, {.sparsity = 0.9, .iterations = 20});
  mask.apply(net);
  optim::Adam<Net> adam(net);
  for (int step = 0; step < 3; ++step) train_step(net, adam, optim::Dense{}, step);
  CHECK(prune::report(net).prunable_nonzero > 2 * mask.kept());
}
