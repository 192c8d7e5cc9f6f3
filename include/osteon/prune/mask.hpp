// Masks: which weights are kept. A mask is part of training (optimizers keep it), of files (a
// removed weight is exactly zero there) and of reports.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/core/reduction.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/nn/description.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

namespace osteon::prune {

/// One byte per parameter of the model, 1: kept, 0: removed. Biases and BatchNorm are always kept.
/// A new mask keeps everything.
template <class Model>
class Mask {
 public:
  using Values =
      Tensor<std::uint8_t, Shape<Model::parameter_count>, Contiguous, typename Model::device_type>;

  Mask() { values_ = 1; }

  /// The mask that an already pruned model shows: its zero weights are removed ones.
  [[nodiscard]] static Mask from_zeros(const Model& model) {
    Mask mask;
    HostMirror parameters(model.parameters());
    mask.for_each_prunable([&](const nn::Parameter& parameter, std::span<std::uint8_t> kept) {
      const auto weights = nn::part(parameters.span(), parameter);
      for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = weights[i] != 0 ? 1 : 0;
    });
    return mask;
  }

  [[nodiscard]] auto view() & { return values_.view(); }
  [[nodiscard]] auto view() const& { return values_.view(); }
  /// The bytes, of host memory only; a HostMirror of the view shows those of any device.
  [[nodiscard]] std::span<std::uint8_t> span() & { return values_.span(); }
  [[nodiscard]] std::span<const std::uint8_t> span() const& { return values_.span(); }

  /// The part of one parameter, in memory order.
  [[nodiscard]] std::span<std::uint8_t> span(const nn::Parameter& p) & {
    return nn::part(span(), p);
  }
  [[nodiscard]] std::span<const std::uint8_t> span(const nn::Parameter& p) const& {
    return nn::part(span(), p);
  }

  /// A view of a temporary would dangle.
  void view() const&& = delete;
  void span() const&& = delete;
  void span(const nn::Parameter& p) const&& = delete;

  /// Kept prunable weights, counted.
  [[nodiscard]] Index kept() const {
    using Part =
        TensorView<const std::uint8_t, Shape<dynamic>, Contiguous, typename Model::device_type>;
    Index count = 0;
    for (const nn::LayerInfo& layer : Model::layers()) {
      for (const nn::Parameter& parameter : layer.parameters) {
        if (!parameter.prunable()) continue;
        count += sum(Part(view().data() + parameter.offset, parameter.size));
      }
    }
    return count;
  }

  /// The removed share of the prunable weights.
  [[nodiscard]] double sparsity() const {
    return 1 - static_cast<double>(kept()) / static_cast<double>(Model::prunable_count);
  }

  /// Sets removed weights of the model to exactly +0.
  void apply(Model& model) const {
    model.parameters() = where(values_ != 0, model.parameters(), 0);
  }

  /// visitor(parameter, kept bytes) for every prunable weight tensor in network order.
  template <class Visitor>
  void for_each_prunable(Visitor&& visitor) {
    HostMirror bytes(view());
    for (const nn::LayerInfo& layer : Model::layers()) {
      for (const nn::Parameter& parameter : layer.parameters) {
        if (parameter.prunable()) visitor(parameter, nn::part(bytes.span(), parameter));
      }
    }
    bytes.write_back();
  }

  friend bool operator==(const Mask& a, const Mask& b) {
    HostMirror first(a.view()), second(b.view());
    return std::ranges::equal(first.span(), second.span());
  }

 private:
  Values values_;
};

/// Intersection over union of the kept prunable weights: 1 for equal masks.
template <class Model>
[[nodiscard]] double intersection_over_union(const Mask<Model>& a, const Mask<Model>& b) {
  HostMirror bytes_a(a.view()), bytes_b(b.view());
  Index both = 0, either = 0;
  for (const nn::LayerInfo& layer : Model::layers()) {
    for (const nn::Parameter& parameter : layer.parameters) {
      if (!parameter.prunable()) continue;
      const auto first = nn::part(bytes_a.span(), parameter);
      const auto second = nn::part(bytes_b.span(), parameter);
      for (std::size_t i = 0; i < first.size(); ++i) {
        both += first[i] & second[i];
        either += first[i] | second[i];
      }
    }
  }
  return either == 0 ? 1.0 : static_cast<double>(both) / static_cast<double>(either);
}

}  // namespace osteon::prune
