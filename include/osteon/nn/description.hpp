// A network's layers as a table: made once per network type by one fold over its layers, and read
// by everything generic: initialisation, summaries, files, pruning.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace osteon::nn {

/// What a parameter does in its layer.
enum class Role { weight, bias, norm_weight, norm_bias };

/// One trainable tensor. Extents are PyTorch's; the elements lie at `offset` in the model's
/// parameter arena, in channels_last order (O, kernel, kernel, I) where there are four extents.
struct Parameter {
  std::string name;  // "layer1.0.conv1.weight"
  std::vector<Index> extents;
  Role role = Role::weight;
  Index offset = 0;
  Index size = 0;

  /// Weights of convolutions and linear layers; no biases, no BatchNorm.
  [[nodiscard]] bool prunable() const { return role == Role::weight; }

  /// Inputs of one output, as PyTorch counts them (weights only).
  [[nodiscard]] Index fan_in() const { return size / extents.front(); }
  /// Outputs of one input.
  [[nodiscard]] Index fan_out() const { return size / extents.at(1); }

  /// Where the element with row-major logical index i lies in memory, from `offset` on.
  [[nodiscard]] Index storage_index(Index i) const {
    if (extents.size() != 4) return i;
    const Index pixels = extents[2] * extents[3];
    const Index filter = i / (extents[1] * pixels);
    const Index channel = i / pixels % extents[1];
    return (filter * pixels + i % pixels) * extents[1] + channel;
  }
};

/// One untrained vector, such as a running mean.
struct NamedBuffer {
  std::string name;
  Index offset = 0;
  Index size = 0;
};

/// The part of a flat vector that a parameter or buffer takes.
template <class T, class Entry>
[[nodiscard]] std::span<T> part(std::span<T> all, const Entry& entry) {
  return all.subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size));
}

/// One leaf layer of a network.
struct LayerInfo {
  std::string name;  // its path, "layer1.0.conv1"
  std::string type;  // "Conv2d(64, 64, kernel 3, padding 1)"
  std::vector<Index> output;
  Index macs = 0;
  std::vector<Parameter> parameters;
  std::vector<NamedBuffer> buffers;
  /// BatchNorm only: added to the variance.
  double epsilon = 0;
  /// Convolutions only, of one sample: a batch of 0 otherwise.
  Conv2dGeometry convolution{};

  [[nodiscard]] bool is_batch_norm() const {
    return !parameters.empty() && parameters.front().role == Role::norm_weight;
  }
  [[nodiscard]] Index parameter_count() const {
    Index count = 0;
    for (const Parameter& parameter : parameters) count += parameter.size;
    return count;
  }
};

/// The table under construction: layers are added in network order, offsets are running sums.
class Description {
 public:
  LayerInfo& add(const std::string& name, std::string_view type, std::span<const Index> output,
                 Index macs = 0) {
    LayerInfo& layer = layers_.emplace_back();
    layer.name = name;
    layer.type = type;
    layer.output.assign(output.begin(), output.end());
    layer.macs = macs;
    return layer;
  }

  void add_parameter(LayerInfo& layer, std::string_view name, std::vector<Index> extents,
                     Role role) {
    Index size = 1;
    for (const Index extent : extents) size *= extent;
    layer.parameters.push_back(
        {concat(layer.name, '.', name), std::move(extents), role, parameters_, size});
    parameters_ += size;
  }

  void add_buffer(LayerInfo& layer, std::string_view name, Index size) {
    layer.buffers.push_back({concat(layer.name, '.', name), buffers_, size});
    buffers_ += size;
  }

  /// The finished table. Fails when two layers with parameters share a name.
  [[nodiscard]] std::vector<LayerInfo> take() {
    for (const LayerInfo& layer : layers_) {
      const auto same = [&](const LayerInfo& other) {
        return &other != &layer && !layer.parameters.empty() && !other.parameters.empty() &&
               other.name == layer.name;
      };
      require(std::none_of(layers_.begin(), layers_.end(), same), "two layers are named \"",
              layer.name, "\"; give one of them another name: Named<\"name\", Layer>");
    }
    return std::move(layers_);
  }

 private:
  std::vector<LayerInfo> layers_;
  Index parameters_ = 0;
  Index buffers_ = 0;
};

/// "layer1" and "conv1" make "layer1.conv1"; an empty part leaves the other as it is.
[[nodiscard]] inline std::string join_path(const std::string& parent, std::string_view child) {
  if (parent.empty() || child.empty()) return parent + std::string(child);
  return concat(parent, '.', child);
}

/// A layer inside another: what it adds to the path, and its describe().
struct Child {
  std::string_view label;
  void (*describe)(const std::string& path, Description& table);
  bool has_label = true;  // false: its index is the label
};

/// Describes them in order. Not a template: networks differ in constants only, so that each costs
/// the compiler little.
inline void describe_children(const std::string& path, Description& table,
                              std::span<const Child> children) {
  for (std::size_t i = 0; i < children.size(); ++i) {
    const Child& child = children[i];
    child.describe(
        child.has_label ? join_path(path, child.label) : join_path(path, std::to_string(i)), table);
  }
}

}  // namespace osteon::nn
