// Trainable batch normalisation for weights that it was folded into.
//
// Files made for inference hold convolutions with a bias and no batch normalisation: it went into
// the weight. Training such a network without it is slow or fails, and starting it at the identity
// changes the function at the first step. What its statistics were is lost, but they can be
// measured again: with m and v the mean and variance of the folded convolution's output z on some
// images,
//
//   running mean m, running variance v, weight sqrt(v + epsilon), bias m + b
//
// gives (z - m) / sqrt(v + epsilon) sqrt(v + epsilon) + m + b = z + b, what the file's network
// computes, and the normalised values have mean 0 and variance 1, as training expects them.
#pragma once

#include <osteon/core/channel_moments.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/nn/program.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace osteon::nn {

/// The moments of channels that come in batches.
class RunningMoments {
 public:
  explicit RunningMoments(std::size_t channels) : mean_(channels), squares_(channels) {}

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] double mean(std::size_t channel) const { return mean_[channel]; }
  /// Unbiased, as PyTorch's running variance; 0 for less than two values.
  [[nodiscard]] double variance(std::size_t channel) const {
    return count_ < 2 ? 0 : squares_[channel] / static_cast<double>(count_ - 1);
  }

  /// Joins what was counted with a batch of so many rows, as in Chan, Golub, LeVeque, "Updating
  /// formulae and a pairwise algorithm for computing sample variances", 1979.
  void add(std::size_t rows, const ChannelMoments& batch) {
    const auto before = static_cast<double>(count_), now = static_cast<double>(rows);
    for (std::size_t c = 0; c < mean_.size(); ++c) {
      const double step = batch.mean[c] - mean_[c];
      mean_[c] += step * now / (before + now);
      squares_[c] += batch.squares[c] + step * step * before * now / (before + now);
    }
    count_ += rows;
  }

 private:
  std::size_t count_ = 0;
  std::vector<double> mean_, squares_;
};

/// The bias that folding gave to each convolution, by the convolution's name ("layer1.0.conv1").
using FoldedBiases = std::map<std::string, std::vector<float>>;

namespace detail {

/// A convolution, the batch normalisation that reads it, and what was measured between the two.
struct FoldedConvolution {
  int operation;
  const LayerInfo* norm;
  const std::vector<float>* bias;
  RunningMoments moments;
};

/// The layer whose first parameter lies at `offset`.
[[nodiscard]] inline const LayerInfo& layer_at(const std::vector<LayerInfo>& layers, Index offset) {
  for (const LayerInfo& layer : layers)
    if (!layer.parameters.empty() && layer.parameters.front().offset == offset) return layer;
  fail("no layer has its parameters at ", offset);
}

[[nodiscard]] inline FoldedConvolution find_folded(const Program& program,
                                                   const std::vector<LayerInfo>& layers,
                                                   const std::string& name,
                                                   const std::vector<float>& bias) {
  for (int i = 0; i < program.count; ++i) {
    const Operation& o = program.operations[i];
    if (o.kind != Kind::conv2d || layer_at(layers, o.parameters_at).name != name) continue;
    const auto channels = static_cast<std::size_t>(o.geometry.out_channels);
    require(bias.size() == channels, "the folded bias of ", name, " has ", bias.size(),
            " values for ", channels, " channels");
    for (int k = i + 1; k < program.count; ++k) {
      const Operation& next = program.operations[k];
      if (next.kind == Kind::batch_norm2d && next.input == o.output)
        return {i, &layer_at(layers, next.parameters_at), &bias, RunningMoments(channels)};
    }
    fail("no batch normalisation follows ", name, ", whose bias is said to hold a folded one");
  }
  fail("the network has no convolution ", name, " for a folded bias");
}

/// Gives each channel c of each layer the batch normalisation that adds the folded bias to values
/// of mean(f, c) and variance(f, c).
template <class Model, class Mean, class Variance>
void set_batch_norms(Model& model, const std::vector<FoldedConvolution>& folded, const Mean& mean,
                     const Variance& variance) {
  using T = typename Model::value_type;
  HostMirror parameters(model.parameters());
  HostMirror buffers(model.buffers());
  for (const FoldedConvolution& f : folded) {
    const LayerInfo& layer = *f.norm;
    for (std::size_t c = 0; c < f.bias->size(); ++c) {
      const double m = mean(f, c), v = variance(f, c);
      part(buffers.span(), layer.buffers[0])[c] = static_cast<T>(m);
      part(buffers.span(), layer.buffers[1])[c] = static_cast<T>(v);
      part(parameters.span(), layer.parameters[0])[c] =
          static_cast<T>(std::sqrt(v + layer.epsilon));
      part(parameters.span(), layer.parameters[1])[c] =
          static_cast<T>(m + static_cast<double>((*f.bias)[c]));
    }
  }
  parameters.write_back();
  buffers.write_back();
}

}  // namespace detail

/// Gives the batch normalisation behind each convolution of `biases` the statistics of that
/// convolution's output on the images of `batches`, and a weight and bias with which the network
/// computes what the folded one did. `view` makes the model's InputView of a batch. The folded
/// convolutions' weights are in the model already; other layers stay as they are.
///
///     restore_batch_norm(model, biases, loader.epoch(0), [](const data::Batch& batch) {
///       return Model::InputView(batch.images.data(), static_cast<Index>(batch.size()));
///     });
///
/// One pass over the images is enough for all layers: until it ends, batch normalisation adds the
/// bias and does nothing else, so every layer sees what it will see afterwards. Throws Error if a
/// name is no convolution before a batch normalisation, if there are no images, or if a layer's
/// output is not finite.
template <class Model, class Batches, class View = std::identity>
void restore_batch_norm(Model& model, const FoldedBiases& biases, Batches&& batches,
                        const View& view = {}) {
  using T = typename Model::activation_type;
  std::vector<detail::FoldedConvolution> folded;
  for (const auto& [name, bias] : biases)
    folded.push_back(detail::find_folded(model.program(), Model::layers(), name, bias));
  detail::set_batch_norms(
      model, folded, [](const auto&, std::size_t) { return 0.0; },
      [](const auto& f, std::size_t) { return 1 - f.norm->epsilon; });

  const auto observe = [&](int operation, std::span<const T> values) {
    for (detail::FoldedConvolution& f : folded) {
      if (f.operation != operation) continue;
      const std::size_t channels = f.bias->size(), rows = values.size() / channels;
      f.moments.add(rows, channel_moments(typename Model::device_type{}, static_cast<Index>(rows),
                                          static_cast<Index>(channels), values.data()));
    }
  };
  for (auto&& batch : batches) {
    const auto& images = view(batch);  // it may own them
    static_cast<void>(model.predict(images, observe));
  }

  for (const detail::FoldedConvolution& f : folded) {
    require(f.moments.count() > 0, "batch normalisation is restored from images; there were none");
    for (std::size_t c = 0; c < f.bias->size(); ++c) {
      const double mean = f.moments.mean(c), variance = f.moments.variance(c);
      require(std::isfinite(mean) && std::isfinite(variance), "channel ", c, " before ",
              f.norm->name, " has the mean ", mean, " and the variance ", variance,
              " on these images; are the weights and the images' normalisation right?");
    }
  }
  detail::set_batch_norms(
      model, folded, [](const auto& f, std::size_t c) { return f.moments.mean(c); },
      [](const auto& f, std::size_t c) { return f.moments.variance(c); });
}

}  // namespace osteon::nn
