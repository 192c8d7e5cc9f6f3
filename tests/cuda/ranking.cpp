// What goes is exactly what goes on the Cpu, and the messages are the same.
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/prune/mask.hpp>
#include <osteon/prune/select.hpp>

#include "both.hpp"

#include <array>
#include <cmath>
#include <functional>
#include <limits>

namespace osteon {
namespace {

using prune::Scope;
using prune::SelectionOptions;
using test::Device;

struct SmallResNet : nn::Sequential<nn::Conv2d<8, 3, 1, 1, nn::no_bias>, nn::BatchNorm2d, nn::ReLU,
                                    models::BasicBlock<8>, models::BasicBlock<16, 2>,
                                    nn::GlobalAvgPool2d, nn::Linear<3>> {};
using Net = Model<SmallResNet, Shape<3, 8, 8>, float, Device>;
using Scores = Tensor<double, Shape<Net::parameter_count>, Contiguous, Device>;

/// The score of parameter i in a round.
using Score = std::function<double(int round, Index i)>;

double any(int round, Index i) { return test::uniform(3, static_cast<std::uint64_t>(round), i); }
double positive(int round, Index i) { return any(round, i) + 1.5; }
/// One of nine, of both signs; its zeros are +0 and -0.
double of_few(int round, Index i) {
  const double few = std::round(4 * any(round, i));
  return few != 0 ? few : std::copysign(0.0, any(round + 10, i));
}
/// From the smallest number to the largest, of both signs.
double of_any_size(int round, Index i) {
  const double size = std::exp2(1050 * any(round, i) - 30);  // subnormal numbers and 0 among them
  return any(round + 10, i) < 0 ? -size : size;
}

/// Adds the mask after each of some rounds, every one with scores of its own. A failure ends them.
void add_masks(test::Record& record, const Score& score, std::initializer_list<double> shares,
               const SelectionOptions& options = {}) {
  prune::Mask<Net> mask;
  int round = 0;
  for (const double share : shares) {
    Scores scores;
    HostMirror mirror(scores.view());
    for (Index i = 0; i < Net::parameter_count; ++i) mirror[i] = score(round, i);
    mirror.write_back();
    ++round;
    try {
      prune::keep_best(mask, scores.view(), share, options);
    } catch (const Error& error) {
      const std::string message = error.what();
      record.add(message, std::vector<double>(message.begin(), message.end()));
    }
    record.add("mask", mask.view());
    record.add("kept", {static_cast<double>(mask.kept())});
  }
}

// No initializer_list: the array behind it would not live as long.
const std::array<SelectionOptions, 5> all_options{
    SelectionOptions{},
    SelectionOptions{.dense_classifier = true},
    SelectionOptions{.layer_floor = 0.04},
    SelectionOptions{.scope = Scope::layer},
    SelectionOptions{.scope = Scope::layer, .dense_classifier = true, .layer_floor = 0.3},
};

ON_BOTH("cuda: the lowest-scored weights of all layers, and of each", 0) {
  for (const SelectionOptions& options : all_options) {
    for (const Score& score : {Score(any), Score(positive), Score(of_few), Score(of_any_size)}) {
      add_masks(record, score, {1, 0.9, 0.5, 0.5, 0.7, 0.11, 0.05}, options);
    }
  }
}

ON_BOTH("cuda: equal scores go by place", 0) {
  for (const SelectionOptions& options : all_options) {
    add_masks(
        record, [](int, Index) { return -2.5; }, {0.999, 0.5, 0.06}, options);
    // Zeros, but for a few of every layer.
    add_masks(
        record, [](int, Index i) { return i % 50 == 0 ? 1.0 : 0; }, {0.9, 0.3}, options);
  }
}

ON_BOTH("cuda: all or nothing goes", 0) {
  for (const Scope scope : {Scope::global, Scope::layer}) {
    add_masks(record, any, {1, 0, 0}, {.scope = scope});
    add_masks(record, any, {0.5, 0.5}, {.scope = scope, .layer_floor = 0.5});
    add_masks(record, any, {0.5}, {.scope = scope, .layer_floor = 1});
  }
  const double largest = std::numeric_limits<double>::max();
  for (const Scope scope : {Scope::global, Scope::layer}) {
    const auto score = [=](int, Index i) { return i % 2 == 0 ? largest : -largest; };
    add_masks(record, score, {0.7, 0.2, 0}, {.scope = scope});
    add_masks(record, score, {0}, {.scope = scope});
  }
}

ON_BOTH("cuda: scores that rank nothing are refused in the same words", 0) {
  const auto of_layer = [](Index i) { return Net::layers()[0].parameters[0].size <= i; };
  for (const SelectionOptions& options : all_options) {
    add_masks(
        record, [](int, Index) { return 0.0; }, {1, 0.5}, options);
    add_masks(
        record, [](int, Index i) { return i % 2 == 0 ? 0.0 : -0.0; }, {0.5}, options);
    // Only the first layer, or only the others.
    add_masks(
        record, [=](int, Index i) { return of_layer(i) ? 1.0 : 0; }, {0.5}, options);
    add_masks(
        record, [=](int, Index i) { return of_layer(i) ? 0.0 : 1; }, {0.5}, options);
  }
  add_masks(record, any, {0.05}, {.layer_floor = 0.2});
}

ON_BOTH("cuda: scores that are not finite are refused by name", 0) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {infinity, -infinity, std::nan(""), -std::nan("")}) {
    for (const SelectionOptions& options : all_options) {
      // The second round's, of weights that may have gone in the first.
      add_masks(
          record,
          [=](int round, Index i) { return round == 1 && i % 1000 == 900 ? bad : any(round, i); },
          {0.3, 0.2}, options);
    }
  }
}

}  // namespace
}  // namespace osteon
