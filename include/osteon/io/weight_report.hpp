// What became of each tensor when weights were loaded into a network that they need not fit.
#pragma once

#include <osteon/core/shape.hpp>

#include <map>
#include <string>
#include <vector>

namespace osteon::io {

/// A tensor that has one shape in the file and another in the network.
struct ReshapedTensor {
  std::string name;
  std::vector<Index> in_file, in_network;
};

/// The outcome of load_weights(). Every tensor of the file is in loaded, reshaped, unexpected or
/// folded_biases; every tensor of the network in loaded, reshaped or missing, or it belongs to the
/// batch normalisation behind a folded convolution.
struct WeightReport {
  std::vector<std::string> loaded{};
  std::vector<std::string> missing{};      ///< of the network, not in the file: as they were
  std::vector<ReshapedTensor> reshaped{};  ///< as they were, too
  std::vector<std::string> unexpected{};   ///< of the file, not in the network
  /// The biases of convolutions that have none in the network: there batch normalisation went into
  /// the weight. By the convolution's name; nn::restore_batch_norm() takes them.
  std::map<std::string, std::vector<float>> folded_biases{};

  /// Whether nothing kept its earlier values but batch normalisation that is to be restored.
  [[nodiscard]] bool complete() const { return missing.empty() && reshaped.empty(); }
};

namespace detail {

/// Names in order, those of one layer together: "conv1.weight, bn1.{weight, bias}".
[[nodiscard]] std::vector<std::string> by_layer(const std::vector<std::string>& names);

}  // namespace detail

/// A table of the tensors by what became of them; "partial" where the network keeps some of its
/// earlier values. Ends in a line break.
[[nodiscard]] std::string to_string(const WeightReport& report);

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/weight_report.ipp>
#endif
