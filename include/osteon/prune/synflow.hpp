// SynFlow: pruning at initialisation without data.
//
// Tanaka, Kunin, Yamins, Ganguli, "Pruning neural networks without any data by iteratively
// conserving synaptic flow", NeurIPS 2020.
//
// Think of the network as pipes. Make every weight positive and send an input of ones through; R is
// the sum of all that arrives at the outputs. The score of a weight w is w dR/dw: how much of R
// flows through it. What flows into a neuron flows out of it, and every layer that all paths cross
// carries exactly R. A layer with few weights therefore has large scores, and a weight that is the
// last one of its layer carries all of R: it goes last. That is why iterating (score, remove a few,
// score again) never cuts the network in two, while pruning in one shot does.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/core/reduction.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/nn/layer.hpp>
#include <osteon/prune/mask.hpp>
#include <osteon/prune/schedule.hpp>
#include <osteon/prune/select.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <span>

namespace osteon::prune {

/// How the network is made linear and positive before it is scored.
enum class Linearization {
  /// Weights by absolute value; BatchNorm only scales, by |weight| / sqrt(running_var + epsilon);
  /// biases and means are dropped. Flow is then conserved exactly, with trained statistics too.
  pure_scale,
  /// The authors' code: the absolute value of every parameter and buffer.
  reference,
  /// BatchNorm is skipped, biases are dropped.
  identity,
};

/// The linearised copy of a model, in evaluation mode. `Score` is the type it computes in.
template <class Score, class Model>
[[nodiscard]] auto linearize(const Model& model, Linearization how) {
  auto linear = Model::template with_scalar<Score>::create(0);
  const auto from = model.parameters();
  const auto to = linear.parameters();
  to = abs(cast<Score>(from));
  // The rest is a few numbers a layer: done on the host, once for all iterations.
  HostMirror parameters(linear.parameters());
  HostMirror buffers(linear.buffers());
  HostMirror own_buffers(model.buffers());
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::NamedBuffer& buffer : layer.buffers) {
      for (Index i = buffer.offset; i < buffer.offset + buffer.size; ++i) {
        buffers[i] = std::abs(static_cast<Score>(own_buffers[i]));
      }
    }
    if (how == Linearization::reference) continue;

    for (const nn::Parameter& parameter : layer.parameters) {
      if (parameter.role == nn::Role::bias || parameter.role == nn::Role::norm_bias) {
        std::ranges::fill(nn::part(parameters.span(), parameter), Score(0));
      }
    }
    if (!layer.is_batch_norm()) continue;
    const auto mean = nn::part(buffers.span(), layer.buffers[0]);
    const auto variance = nn::part(buffers.span(), layer.buffers[1]);
    const auto scale = nn::part(parameters.span(), layer.parameters[0]);
    for (std::size_t c = 0; c < scale.size(); ++c) {
      const Score deviation = std::sqrt(variance[c] + static_cast<Score>(layer.epsilon));
      scale[c] = how == Linearization::identity ? Score(1) : scale[c] / deviation;
      mean[c] = 0;
      variance[c] = static_cast<Score>(1 - layer.epsilon);  // so that BatchNorm divides by one
    }
  }
  parameters.write_back();
  buffers.write_back();
  return linear;
}

struct SynflowOptions {
  /// The share of the prunable weights to remove, in [0, 1).
  double sparsity = 0.95;
  int iterations = 100;
  Schedule schedule = Schedule::exponential;
  Linearization linearization = Linearization::pure_scale;
  SelectionOptions selection{};
};

/// What an iteration saw, for progress and for those who want to look inside.
struct SynflowIteration {
  int iteration;  // 1 .. iterations
  int iterations;
  double flow;  // R, with the masks of the iteration before
  Index kept;   // prunable weights kept after it
  /// w dR/dw of every parameter of the linearised network, in the arena's order and in host memory,
  /// where a GPU's are copied if this is called. Valid until the observer returns.
  std::function<std::span<const double>()> scores;
};

/// The SynFlow mask of a model. No data are read and the model is not changed. `observe` is called
/// with a SynflowIteration after each. Scores are computed in `Score`: R is 1e27 for ResNet-18 and
/// leaves float's range on deeper networks, so the default is double; an overflow is an Error,
/// never a mask.
template <class Score = double, class Model, class Observer>
[[nodiscard]] Mask<Model> synflow(const Model& model, const SynflowOptions& options,
                                  Observer&& observe) {
  check_target(options.sparsity, options.iterations);
  auto linear = linearize<Score>(model, options.linearization);
  using Linear = decltype(linear);
  typename Linear::InputTensor ones(1);
  typename Linear::OutputTensor dR(1);  // R is a plain sum: its gradient is one everywhere
  ones = 1;
  dR = 1;

  using Device = typename Model::device_type;
  Mask<Model> mask;
  Tensor<double, Shape<Model::parameter_count>, Contiguous, Device> scores;
  for (int k = 1; k <= options.iterations; ++k) {
    linear.parameters() = where(mask.view() != 0, linear.parameters(), 0);
    const auto flow = static_cast<double>(sum(linear.forward(ones, nn::Mode::evaluation)));
    linear.zero_gradients();
    linear.backward(dR);
    scores = cast<double>(linear.parameters() * linear.gradients());
    require(std::isfinite(flow) && all_finite(scores),
            "SynFlow's flow has left the range of the scoring type in iteration ", k,
            " (R = ", flow, "); score in double, and check that the weights are finite");

    const double share = kept_share(options.schedule, 1 - options.sparsity, k, options.iterations);
    keep_best(mask, scores.view(), share, options.selection);
    std::optional<HostMirror<double, Device>> mirror;
    const auto on_host = [&]() -> std::span<const double> {
      if (!mirror) mirror.emplace(scores.view());
      return mirror->span();
    };
    observe(SynflowIteration{k, options.iterations, flow, mask.kept(), on_host});
  }
  return mask;
}

template <class Score = double, class Model>
[[nodiscard]] Mask<Model> synflow(const Model& model, const SynflowOptions& options = {}) {
  return synflow<Score>(model, options, [](const SynflowIteration&) {});
}

}  // namespace osteon::prune
