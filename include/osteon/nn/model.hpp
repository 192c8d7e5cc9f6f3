// A network bound to an input shape, a scalar and a device: it owns the parameters and the memory.
#pragma once

#include <osteon/core/buffer.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/nn/init.hpp>
#include <osteon/nn/layer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace osteon {

/// `Net` is a layer descriptor, usually a named Sequential; `Input` the shape of one sample. All
/// memory is on the heap: one arena each for parameters, gradients, buffers and the workspace, so
/// optimizers, masks and files see flat vectors.
template <class Net, AnyShape Input, class T = float, class Device = Cpu>
class Model {
  using Bound = nn::bind<Net, Input>;

 public:
  using net_type = Net;
  using value_type = T;
  using device_type = Device;
  using input_shape = Input;
  using output_shape = typename Bound::output;
  /// Images lie in channels_last order, as decoders give them.
  using InputTensor = Tensor<T, Batched<Input>, ChannelsLast, Device>;
  using InputView = TensorView<const T, Batched<Input>, ChannelsLast, Device>;
  using OutputLayout = std::conditional_t<output_shape::rank == 3, ChannelsLast, Contiguous>;
  using OutputTensor = Tensor<T, Batched<output_shape>, OutputLayout, Device>;
  using OutputView = TensorView<const T, Batched<output_shape>, OutputLayout, Device>;

  /// The same network computing in another scalar type.
  template <class U>
  using with_scalar = Model<Net, Input, U, Device>;

  static constexpr Index parameter_count = Bound::parameters;
  /// Weights of convolutions and linear layers.
  static constexpr Index prunable_count = Bound::prunable;
  /// Running statistics.
  static constexpr Index buffer_count = Bound::buffers;
  /// Multiply-accumulates of one forward pass of one sample.
  static constexpr Index macs = Bound::macs;
  /// Workspace of inference, without parameters and input.
  static constexpr Index inference_bytes(Index batch = 1) {
    return static_cast<Index>(sizeof(T)) * (Bound::scratch.at(batch) + batch * output_shape::size);
  }
  /// Workspace of training: activations kept for backward, scratch, output and its gradient.
  static constexpr Index training_bytes(Index batch) {
    return inference_bytes(batch) + static_cast<Index>(sizeof(T)) * Bound::saved.at(batch);
  }

  using Parameters = TensorView<T, Shape<parameter_count>, Contiguous, Device>;
  using ConstParameters = TensorView<const T, Shape<parameter_count>, Contiguous, Device>;

  /// A new network with the weights that PyTorch (or torchvision, for its models) would draw: a
  /// function of the seed.
  [[nodiscard]] static Model create(std::uint64_t seed) {
    Model model;
    nn::initialize(layers(), nn::initialization_of<Net>(), seed, model.parameters_.data(),
                   model.buffers_.data());
    model.seed_ = seed;
    return model;
  }

  /// The leaf layers in order, with names, parameters, offsets.
  [[nodiscard]] static const std::vector<nn::LayerInfo>& layers() {
    static const std::vector<nn::LayerInfo> table = [] {
      nn::Description description;
      Bound::describe("", description);
      return description.take();
    }();
    return table;
  }

  /// All parameters, gradients and buffers as flat vectors; a layer's place is in layers().
  [[nodiscard]] Parameters parameters() { return Parameters(parameters_.data()); }
  [[nodiscard]] ConstParameters parameters() const { return ConstParameters(parameters_.data()); }
  [[nodiscard]] Parameters gradients() { return Parameters(gradients_.data()); }
  [[nodiscard]] ConstParameters gradients() const { return ConstParameters(gradients_.data()); }
  [[nodiscard]] std::span<T> buffers() { return {buffers_.data(), buffers_.size()}; }
  [[nodiscard]] std::span<const T> buffers() const { return {buffers_.data(), buffers_.size()}; }

  /// The values or gradients of one parameter, in memory order.
  [[nodiscard]] std::span<T> values(const nn::Parameter& p) {
    return nn::part(parameters().span(), p);
  }
  [[nodiscard]] std::span<const T> values(const nn::Parameter& p) const {
    return nn::part(parameters().span(), p);
  }
  [[nodiscard]] std::span<T> gradients(const nn::Parameter& p) {
    return nn::part(gradients().span(), p);
  }

  /// visitor(parameter, values) for every parameter in order.
  template <class Visitor>
  void for_each_parameter(Visitor&& visitor) {
    for (const nn::LayerInfo& layer : layers()) {
      for (const nn::Parameter& parameter : layer.parameters) visitor(parameter, values(parameter));
    }
  }

  void zero_gradients() { gradients() = T(0); }

  /// Training batches that BatchNorm has followed (PyTorch's num_batches_tracked).
  [[nodiscard]] std::int64_t batches_tracked() const { return batches_tracked_; }
  void set_batches_tracked(std::int64_t count) { batches_tracked_ = count; }

  /// The network's output for a batch in evaluation mode; valid until the next call. Allocates
  /// only when the batch is larger than any before. Ends what a forward() has kept.
  OutputView predict(const InputView& x) {
    recorded_x_ = nullptr;
    return run(x, {Device{}, x.batch(), nn::Mode::evaluation, false, 0, 0});
  }

  /// As predict, but keeps what backward() needs. In training mode BatchNorm's running statistics
  /// follow and Dropout draws for `step`. `x` must stay unchanged until backward().
  OutputView forward(const InputView& x, nn::Mode mode, std::uint64_t step = 0) {
    recorded_ = {Device{}, x.batch(), mode, true, seed_ + 0x9E3779B97F4A7C15U * (step + 1), 0};
    recorded_x_ = x.data();
    if (mode == nn::Mode::training) ++batches_tracked_;
    return run(x, recorded_);
  }

  /// Adds the gradients of the parameters, for the gradient `dy` of the last forward()'s output.
  /// With `dx` not null, also writes the gradient of the input there.
  void backward(const OutputView& dy, T* dx = nullptr) {
    require(recorded_x_ != nullptr && dy.batch() == recorded_.batch,
            "backward() needs a forward() of the same batch before it (batch ", dy.batch(),
            " against ", recorded_x_ == nullptr ? 0 : recorded_.batch, ")");
    nn::Memory<T> memory = workspace(recorded_);
    memory.gradients = gradients_.data();
    Bound::backward(recorded_, recorded_x_, output_, dy.data(), dx, memory);
    recorded_x_ = nullptr;
  }

 private:
  Model()
      : parameters_(static_cast<std::size_t>(parameter_count)),
        gradients_(static_cast<std::size_t>(parameter_count)),
        buffers_(static_cast<std::size_t>(buffer_count)) {}

  OutputView run(const InputView& x, const nn::Pass<Device>& pass) {
    require(pass.batch > 0, "the network was given an empty batch");
    const nn::Memory<T> memory = workspace(pass);
    Bound::forward(pass, x.data(), output_, memory);
    return OutputView(output_, pass.batch);
  }

  /// Output, scratch, saved: one block.
  nn::Memory<T> workspace(const nn::Pass<Device>& pass) {
    const Index bytes = pass.record ? training_bytes(pass.batch) : inference_bytes(pass.batch);
    const auto size = static_cast<std::size_t>(bytes) / sizeof(T);
    if (workspace_.size() < size) workspace_ = Buffer<T, Device>(size);
    output_ = workspace_.data();
    nn::Memory<T> memory;
    memory.parameters = parameters_.data();
    memory.buffers = buffers_.data();
    memory.scratch = output_ + pass.batch * output_shape::size;
    memory.saved = pass.record ? memory.scratch + Bound::scratch.at(pass.batch) : nullptr;
    return memory;
  }

  Buffer<T, Device> parameters_;
  Buffer<T, Device> gradients_;
  Buffer<T, Device> buffers_;
  Buffer<T, Device> workspace_;
  T* output_ = nullptr;
  std::uint64_t seed_ = 0;
  std::int64_t batches_tracked_ = 0;
  nn::Pass<Device> recorded_{};
  const T* recorded_x_ = nullptr;
};

}  // namespace osteon
