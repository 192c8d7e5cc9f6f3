// A model made ready for inference.
#pragma once

#include <osteon/core/buffer.hpp>
#include <osteon/core/epilogue.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/float16.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/core/replay.hpp>
#include <osteon/nn/elementary.hpp>
#include <osteon/nn/fuse.hpp>
#include <osteon/nn/layer.hpp>
#include <osteon/nn/model.hpp>
#include <osteon/nn/plan.hpp>
#include <osteon/nn/program.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace osteon {
namespace nn {

/// Runs a program that was fused for inference. Batch normalisation is in the weights, which lie in
/// the form that the kernels read: both are done once, for batches of at most `batch`. Parameters
/// and buffers are given in host memory.
template <class T, class Device>
class InferenceEngine {
  using P = ComputeType<T>;

 public:
  InferenceEngine(const Program& program, const Places* places, const Extent& memory, Index batch,
                  const P* parameters, const P* buffers)
      : program_(program), places_(places), memory_(memory), batch_(batch) {
    require(batch > 0, "inference is prepared for batches of at least one sample, not ", batch);
    workspace_ = Buffer<T, Device>(static_cast<std::size_t>(memory.per_sample * batch));
    kept_ = Buffer<P, Device>(static_cast<std::size_t>(memory.fixed));
    prepare(parameters, buffers);
  }

  [[nodiscard]] Index batch() const { return batch_; }
  /// Bytes of the prepared weights.
  [[nodiscard]] Index weight_bytes() const {
    return static_cast<Index>(weights_.size() * sizeof(T) + norms_.size() * sizeof(P));
  }
  [[nodiscard]] Conv2dAlgorithm algorithm(int operation) const {
    return steps_[static_cast<std::size_t>(operation)].algorithm;
  }

  /// The output for x, in the workspace: valid until the next call.
  const T* run(Index batch, const T* x) {
    require(batch > 0 && batch <= batch_, "this model was prepared for batches of 1 to ", batch_,
            " samples, not ", batch);
    replay_.run({"inference", batch, 0, {x}}, [&] {
      for (int i = 0; i < program_.count; ++i) step(i, batch, x);
    });
    return at(places_[program_.count - 1].output);
  }

 private:
  /// What was prepared for an operation.
  struct Step {
    Conv2dAlgorithm algorithm{};
    Index weights_at = 0;
    Index bias_at = -1;
  };

  static bool is_product(const Operation& o) {
    return o.kind == Kind::conv2d || o.kind == Kind::linear;
  }
  /// Places in the arenas begin as aligned as the workspace's.
  static Index take(Index& end, Index size) {
    const Index at = end;
    end += aligned(size);
    return at;
  }

  void prepare(const P* parameters, const P* buffers) {
    steps_.resize(static_cast<std::size_t>(program_.count));
    Index end = 0, end_of_norms = 0, largest = 0;
    for (int i = 0; i < program_.count; ++i) {
      const Operation& o = program_.operations[i];
      Step& step = steps_[static_cast<std::size_t>(i)];
      const Index channels = o.geometry.out_channels;
      if (is_product(o)) {
        Conv2dGeometry g = o.geometry;
        g.batch = batch_;
        step.algorithm = conv2d_algorithm<T>(Device{}, g);
        step.weights_at = take(end, conv2d_packed_size<T>(Device{}, g, step.algorithm));
        if (o.bias || o.norm_parameters_at >= 0) step.bias_at = take(end, channels);
        largest = std::max(largest, g.weights());
      } else if (o.kind == Kind::batch_norm2d) {
        step.weights_at = take(end_of_norms, 4 * channels);
      }
    }
    weights_ = Buffer<T, Device>(static_cast<std::size_t>(end));
    norms_ = Buffer<P, Device>(static_cast<std::size_t>(end_of_norms));
    Buffer<T, Device> folded(static_cast<std::size_t>(largest));
    for (int i = 0; i < program_.count; ++i) {
      const Operation& o = program_.operations[i];
      const Step& step = steps_[static_cast<std::size_t>(i)];
      if (is_product(o)) {
        pack(o, step, parameters, buffers, folded.data());
      } else if (o.kind == Kind::batch_norm2d) {
        const Index channels = o.geometry.out_channels;
        P* const norm = norms_.data() + step.weights_at;
        copy_from_host(Device{}, 2 * channels, parameters + o.parameters_at, norm);
        copy_from_host(Device{}, 2 * channels, buffers + o.buffers_at, norm + 2 * channels);
      }
    }
  }

  /// The weight and bias of a convolution with the batch normalisation behind it:
  ///   scale (w x + b - mean) + shift, with scale = weight / sqrt(variance + epsilon).
  /// All in host memory; `bias` may be null.
  static void fold(const Operation& o, const P* parameters, const P* buffers, T* folded, T* bias) {
    const Index channels = o.geometry.out_channels, patch = o.geometry.patch();
    const P* const from = parameters + o.parameters_at;
    const bool normalized = o.norm_parameters_at >= 0;
    const P* const norm = normalized ? parameters + o.norm_parameters_at : nullptr;
    const P* const running = normalized ? buffers + o.norm_buffers_at : nullptr;
    for (Index c = 0; c < channels; ++c) {
      const P own = o.bias ? from[o.geometry.weights() + c] : P(0);
      P scale = P(1), shifted = own;
      if (normalized) {
        scale = norm[c] / std::sqrt(running[channels + c] + static_cast<P>(o.epsilon));
        shifted = (own - running[c]) * scale + norm[channels + c];
      }
      for (Index i = 0; i < patch; ++i) {
        folded[c * patch + i] = static_cast<T>(from[c * patch + i] * scale);
      }
      if (bias != nullptr) bias[c] = static_cast<T>(shifted);
    }
  }

  /// Folds an operation's weight and brings it into the form that the kernels read.
  void pack(const Operation& o, const Step& step, const P* parameters, const P* buffers,
            T* folded) {
    const Index channels = o.geometry.out_channels;
    HostMirror weight_mirror(Device{}, folded, o.geometry.weights());
    T* const bias = step.bias_at < 0 ? nullptr : weights_.data() + step.bias_at;
    HostMirror bias_mirror(Device{}, bias, bias == nullptr ? 0 : channels);
    fold(o, parameters, buffers, weight_mirror.span().data(), bias_mirror.span().data());
    weight_mirror.write_back();
    bias_mirror.write_back();
    conv2d_pack(Device{}, o.geometry, step.algorithm, static_cast<const T*>(folded), weight(step));
  }

  [[nodiscard]] T* weight(const Step& step) { return weights_.data() + step.weights_at; }
  [[nodiscard]] T* at(Place place) { return workspace_.data() + place * batch_; }

  void step(int i, Index batch, const T* network_input) {
    const Operation& o = program_.operations[i];
    const Places& place = places_[i];
    const Step& step = steps_[static_cast<std::size_t>(i)];
    const auto value = [&](Place p) -> const T* {
      return p == nowhere ? nullptr : p == at_network_input ? network_input : at(p);
    };
    Conv2dGeometry g = o.geometry;
    g.batch = batch;
    const T* const x = value(place.input);
    const T* const addend = value(place.addend);
    T* const y = at(place.output);
    switch (o.kind) {
      case Kind::conv2d:
      case Kind::linear: {
        const T* const bias = step.bias_at < 0 ? nullptr : weights_.data() + step.bias_at;
        return conv2d_forward_packed(Device{}, g, step.algorithm, x, weight(step),
                                     Epilogue<T>{bias, addend, o.relu}, y);
      }
      case Kind::batch_norm2d: {
        const Index c = g.in_channels;
        P* const of_norm = norms_.data() + step.weights_at;
        P* const kept = kept_.data() + o.kept_at;
        const BatchNorm<P> norm{batch * o.input_pixels(),
                                c,
                                false,
                                o.epsilon,
                                o.momentum,
                                o.relu,
                                of_norm,
                                of_norm + c,
                                of_norm + 2 * c,
                                of_norm + 3 * c,
                                kept,
                                kept + c};
        if (o.max_pool) return batch_norm_pool_forward(Device{}, norm, g, x, y);
        return batch_norm_forward(Device{}, norm, x, addend, y);
      }
      case Kind::dropout:
        if (x != y) copy(Device{}, batch * o.output_size(), x, y);
        return;
      default:
        return elementary_forward(Device{}, o, g, x, addend, y);
    }
  }

  Program program_;
  const Places* places_;
  Extent memory_;
  Index batch_;
  Buffer<T, Device> weights_;
  Buffer<P, Device> norms_;  // of batch normalisations that could not be folded
  Buffer<T, Device> workspace_;
  Buffer<P, Device> kept_;
  Replay<Device> replay_;
  std::vector<Step> steps_;
};

}  // namespace nn

/// A network with fixed weights: what optimize_for_inference() makes of a Model. It has its own
/// memory; predict() allocates nothing after its first call.
template <class Net, AnyShape Input, class T = float, class Device = Cpu>
class InferenceModel {
  using Source = Model<Net, Input, T, Device>;

 public:
  using input_shape = Input;
  using output_shape = typename Source::output_shape;
  using InputTensor = typename Source::InputTensor;
  using InputView = typename Source::InputView;
  using OutputView = typename Source::OutputView;

  /// The workspace for batches of `batch`: activations and output, without weights and input.
  static constexpr Index workspace_bytes(Index batch = 1) {
    return static_cast<Index>(sizeof(ComputeType<T>)) * plan.fixed +
           static_cast<Index>(sizeof(T)) * plan.per_sample * batch;
  }

  /// For batches of at most `batch`, with the model's weights and running statistics as they are
  /// now.
  InferenceModel(const Source& model, Index batch)
      : engine_({table.operations.data(), table.count}, plan.places.data(),
                {plan.per_sample, plan.fixed}, batch, HostMirror(model.parameters()).span().data(),
                HostMirror(model.buffers()).span().data()) {}

  /// The largest batch that it was prepared for.
  [[nodiscard]] Index batch() const { return engine_.batch(); }
  /// Bytes of the prepared weights.
  [[nodiscard]] Index weight_bytes() const { return engine_.weight_bytes(); }

  /// The network's output, as Model::predict() gives it up to rounding; valid until the next call.
  OutputView predict(const InputView& x) {
    return OutputView(engine_.run(x.batch(), x.data()), x.batch());
  }

 private:
  static constexpr auto table =
      nn::fuse(nn::table_of<nn::bind<Net, Input>>(), nn::Fusion::inference);
  static constexpr auto plan = nn::plan_memory(table.operations, table.count, table.kept, false);

  nn::InferenceEngine<T, Device> engine_;
};

/// The model with batch normalisation folded into its convolutions, ReLU and additions fused, and
/// the weights in the form that the kernels read, for batches of at most `batch`: as PyTorch's
/// torch.jit.optimize_for_inference. Later changes of the model do not reach it.
template <class Net, AnyShape Input, class T, class Device>
[[nodiscard]] InferenceModel<Net, Input, T, Device> optimize_for_inference(
    const Model<Net, Input, T, Device>& model, Index batch = 1) {
  return {model, batch};
}

}  // namespace osteon
