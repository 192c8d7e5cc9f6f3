// Losses.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/tensor.hpp>

#include <span>

namespace osteon::nn {

/// The mean softmax cross-entropy of a batch, as torch.nn.CrossEntropyLoss.
struct CrossEntropyLoss {
  /// Szegedy et al., "Rethinking the Inception architecture", CVPR 2016.
  double label_smoothing = 0;
  /// Multiplies the gradient, not the loss: for activations of 16 bits, whose gradients would be
  /// rounded to zero (optim::GradScaler).
  double gradient_scale = 1;

  /// logits (N, K), labels N values in [0, K). Fails on a label outside.
  template <class T, Index K, class Device>
  double operator()(const TensorView<T, Shape<dynamic, K>, Contiguous, Device>& logits,
                    std::span<const int> labels) const {
    check(logits.batch(), K, labels);
    return cross_entropy(Device{}, logits.batch(), K, logits.data(), labels, label_smoothing,
                         static_cast<std::remove_const_t<T>*>(nullptr));
  }

  /// As above; also writes the gradient of the logits.
  template <class T, Index K, class Device>
  double operator()(const TensorView<T, Shape<dynamic, K>, Contiguous, Device>& logits,
                    std::span<const int> labels,
                    const TensorView<std::remove_const_t<T>, Shape<dynamic, K>, Contiguous, Device>&
                        dlogits) const {
    check(logits.batch(), K, labels);
    require(dlogits.batch() == logits.batch(), "the gradient of ", logits.batch(),
            " logits has the batch ", dlogits.batch());
    return cross_entropy(Device{}, logits.batch(), K, logits.data(), labels, label_smoothing,
                         dlogits.data(), gradient_scale);
  }

 private:
  static void check(Index batch, Index classes, std::span<const int> labels) {
    require(static_cast<Index>(labels.size()) == batch, batch, " samples came with ", labels.size(),
            " labels");
    for (const int label : labels) {
      require(label >= 0 && label < classes, "label ", label, " is not one of ", classes,
              " classes (0 to ", classes - 1, ")");
    }
  }
};

}  // namespace osteon::nn
