// The run-time facts of a batch normalisation, as kernels take them.
#pragma once

#include <osteon/core/shape.hpp>

namespace osteon {

/// y = relu((x - mean) / sqrt(variance + epsilon) weight + bias + addend), per channel, over rows
/// of channels (channels-last memory). Every pointer is to one number a channel.
template <class T>
struct BatchNorm {
  Index rows, channels;
  /// With the batch's statistics, which the running ones follow with `momentum` (the variance
  /// unbiased, as in PyTorch); otherwise with the running ones.
  bool training;
  double epsilon, momentum;
  /// Whether a ReLU follows.
  bool relu;
  const T *weight, *bias;
  T *running_mean, *running_var;
  /// What forward used, for backward: the mean, and 1 / sqrt(variance + epsilon).
  T *mean, *inverse;
};

}  // namespace osteon
