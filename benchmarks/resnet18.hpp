// The rows that frameworks are compared on: ResNet-18 with two classes, one prediction or one step
// of training of one batch.
#pragma once

#include <osteon/io/model_file.hpp>
#include <osteon/io/safetensors.hpp>
#include <osteon/osteon.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::bench {

struct Row {
  std::string_view name;
  Index size;  ///< of the images, in pixels
  Index batch;
  bool training;
};

inline constexpr Row rows[] = {{"infer_224_b1", 224, 1, false},
                               {"infer_224_b32", 224, 32, false},
                               {"train_224_b32", 224, 32, true},
                               {"train_128_b64", 128, 64, true}};

/// The row of that name, or Error.
[[nodiscard]] inline const Row& find_row(std::string_view name) {
  std::string names;
  for (const Row& row : rows) {
    if (row.name == name) return row;
    names += concat(names.empty() ? "" : ", ", row.name);
  }
  fail("there is no row \"", name, "\"; the rows are ", names);
}

/// A row with everything that it needs in memory.
class Work {
 public:
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  virtual ~Work() = default;

  /// One prediction, or one step: forward, backward, Adam.
  virtual void run() = 0;

  /// Writes what another framework needs to do the same, and what came of it here, to
  /// `folder`/weights.safetensors (torchvision's names) and `folder`/example.safetensors:
  /// input (N, H, W, 3), logits (N, 2) and, in training, labels (N), loss and the gradient of
  /// conv1.weight in memory order (64, 7, 7, 3). Call it before run().
  virtual void save_example(const std::filesystem::path& folder) = 0;
};

template <Index Size>
class ResNet18Work : public Work {
 public:
  explicit ResNet18Work(const Row& row)
      : training_(row.training), net_(Net::create(42)), x_(row.batch), logits_(row.batch) {
    Random random(1);
    for (float& value : x_.span()) value = random.normal();
    for (Index i = 0; i < row.batch; ++i) labels_.push_back(static_cast<int>(i % 2));
    if (training_) {
      adam_.emplace(net_, optim::AdamOptions{.learning_rate = 1e-4});
    } else {
      fast_.emplace(net_, row.batch);
    }
  }

  void run() override {
    if (training_) {
      learn();
      adam_->step(net_);
    } else {
      predict();
    }
  }

  void save_example(const std::filesystem::path& folder) override {
    io::save_model(folder / "weights.safetensors", net_);
    double loss = 0;
    training_ ? void(loss = learn()) : predict();
    const std::vector<std::int64_t> labels(labels_.begin(), labels_.end());
    const Index batch = x_.batch();
    const auto tensor = []<class T>(const char* name, std::vector<std::int64_t> shape,
                                    std::span<const T> values) {
      return io::tensor_to_write(name, std::move(shape), values);
    };
    std::vector tensors{tensor("input", {batch, Size, Size, 3}, std::span<const float>(x_.span())),
                        tensor("logits", {batch, 2}, std::span<const float>(logits_.span()))};
    if (training_) {
      const auto& conv1 = Net::layers().front().parameters.front();
      tensors.push_back(tensor("labels", {batch}, std::span(labels)));
      tensors.push_back(tensor("loss", {}, std::span<const double>(&loss, 1)));
      tensors.push_back(
          tensor("gradient", {64, 7, 7, 3}, std::span<const float>(net_.gradients(conv1))));
    }
    io::write_safetensors(folder / "example.safetensors", tensors);
  }

 private:
  using Net = Model<models::ResNet18<2>, Shape<3, Size, Size>>;

  void predict() { logits_ = fast_->predict(x_); }

  /// Forward and backward; returns the loss.
  double learn() {
    net_.zero_gradients();
    logits_ = net_.forward(x_, nn::Mode::training, step_++);
    typename Net::OutputTensor dlogits(x_.batch());
    const double loss =
        nn::CrossEntropyLoss{}(logits_.view(), std::span<const int>(labels_), dlogits.view());
    net_.backward(dlogits);
    return loss;
  }

  bool training_;
  Net net_;
  typename Net::InputTensor x_;
  typename Net::OutputTensor logits_;
  std::vector<int> labels_;
  std::optional<optim::Adam<Net>> adam_;
  std::optional<InferenceModel<models::ResNet18<2>, Shape<3, Size, Size>>> fast_;
  std::uint64_t step_ = 0;
};

[[nodiscard]] inline std::unique_ptr<Work> make_work(const Row& row) {
  if (row.size == 128) return std::make_unique<ResNet18Work<128>>(row);
  if (row.size == 224) return std::make_unique<ResNet18Work<224>>(row);
  fail("images of ", row.size, " px are not compiled in");
}

}  // namespace osteon::bench
