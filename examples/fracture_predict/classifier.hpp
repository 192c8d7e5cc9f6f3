// A saved model, whatever the size of its images.
#pragma once

#include <osteon/core/shape.hpp>
#include <osteon/data/image.hpp>
#include <osteon/nn/grad_cam.hpp>
#include <osteon/train/decision_rule.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fracture {

/// The network: a type for each image size, so known by an interface here.
class Network {
 public:
  virtual ~Network() = default;
  /// The logits of a normalised image, (size, size, 3).
  virtual std::vector<float> logits(std::span<const float> image) = 0;
  virtual osteon::nn::GradCam explain(std::span<const float> image, osteon::Index target,
                                      std::string_view layer) = 0;
};

class Classifier {
 public:
  /// Reads a file of fracture_train. `positive` names the positive class where the file does not;
  /// without either it is the first. Throws osteon::Error on another file or class.
  Classifier(const std::filesystem::path& path, const std::string& positive);

  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_; }
  [[nodiscard]] const std::string& positive() const { return classes_[positive_]; }
  [[nodiscard]] const std::string& negative() const { return classes_[1 - positive_]; }
  [[nodiscard]] const osteon::train::DecisionRule& rule() const { return rule_; }
  [[nodiscard]] int image_size() const { return image_size_; }
  /// Whether an image is looked at twice, as it is and mirrored: the model file says so where its
  /// thresholds and temperature were chosen on such answers.
  [[nodiscard]] bool flips() const { return flips_; }

  /// A picture (RGB) as training saw it: resized, normalised.
  [[nodiscard]] std::vector<float> prepare(const osteon::data::Image& rgb) const;
  /// The probability of the positive class, of a prepared image: softmax of its logits over the
  /// temperature, or of the mean of its logits and its mirror image's (flips()).
  [[nodiscard]] double probability(std::span<const float> image);
  /// What of a prepared image speaks for the positive class: osteon::nn::grad_cam at `layer`, of
  /// the image as it is.
  [[nodiscard]] osteon::nn::GradCam explain(std::span<const float> image, std::string_view layer);

 private:
  /// The network's, of one look; throws osteon::Error unless they are finite.
  std::vector<float> logits(std::span<const float> image);

  std::unique_ptr<Network> network_;
  std::vector<std::string> classes_;
  std::size_t positive_ = 0;
  osteon::train::DecisionRule rule_;
  int image_size_ = 0;
  bool flips_ = false;
};

}  // namespace fracture
