// A network bound to an input shape, a scalar and a device: it owns the parameters and the memory.
#pragma once

#include <osteon/core/float16.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/nn/engine.hpp>
#include <osteon/nn/fuse.hpp>
#include <osteon/nn/init.hpp>
#include <osteon/nn/layer.hpp>
#include <osteon/nn/plan.hpp>
#include <osteon/nn/program.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace osteon {
namespace nn {

/// What is known of a bound network before it has a scalar or a device.
template <class Bound>
struct NetworkTables {
  static constexpr auto table = fuse(table_of<Bound>(), Fusion::training);
  static constexpr auto inference = plan_memory(table.operations, table.count, table.kept, false);
  static constexpr auto training = plan_memory(table.operations, table.count, table.kept, true);
  static constexpr Blueprint blueprint{{table.operations.data(), table.count},
                                       Bound::parameters,
                                       Bound::buffers,
                                       inference.places.data(),
                                       training.places.data(),
                                       {inference.per_sample, inference.fixed},
                                       {training.per_sample, training.fixed}};

  /// The leaf layers in order.
  [[nodiscard]] static const std::vector<LayerInfo>& layers() {
    static const std::vector<LayerInfo> all = [] {
      Description description;
      Bound::describe("", description);
      return description.take();
    }();
    return all;
  }
};

}  // namespace nn

/// `Net` is a layer descriptor, usually a named Sequential; `Input` the shape of one sample. All
/// memory is on the heap: one arena each for parameters, gradients, buffers and the workspace, so
/// optimizers, masks and files see flat vectors.
///
/// `T` is what images and activations are; on Cuda it may be BFloat16 or Float16 (mixed precision).
/// Parameters, gradients and buffers then stay float, and so do optimizers, masks and files.
template <class Net, AnyShape Input, class T = float, class Device = Cpu>
class Model {
  using Bound = nn::bind<Net, Input>;

 public:
  using net_type = Net;
  /// Of parameters, gradients and buffers.
  using value_type = ComputeType<T>;
  /// Of images, activations and outputs.
  using activation_type = T;
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
  /// The workspace of inference: activations and output, without parameters and input.
  static constexpr Index inference_bytes(Index batch = 1) {
    return bytes(Tables::inference, batch);
  }
  /// The workspace of training: also what is kept for backward, and gradients.
  static constexpr Index training_bytes(Index batch) { return bytes(Tables::training, batch); }

  using Parameters = TensorView<value_type, Shape<parameter_count>, Contiguous, Device>;
  using ConstParameters = TensorView<const value_type, Shape<parameter_count>, Contiguous, Device>;

  /// A span where the memory is the host's.
  template <class U>
  using Buffers = std::conditional_t<is_host<Device>, std::span<U>,
                                     TensorView<U, Shape<dynamic>, Contiguous, Device>>;

  /// A new network with the weights that PyTorch (or torchvision, for its models) would draw: a
  /// function of the seed.
  [[nodiscard]] static Model create(std::uint64_t seed) {
    Model model;
    HostMirror parameters(model.parameters());
    HostMirror buffers(model.buffers());
    nn::initialize(layers(), nn::initialization_of<Net>(), seed, parameters.span().data(),
                   buffers.span().data());
    parameters.write_back();
    buffers.write_back();
    model.seed_ = seed;
    return model;
  }

  /// The same network on another device (torch.nn.Module.to), with the weights, running statistics
  /// and counters as they are now; gradients are zero. Files are written from the Cpu's.
  template <class To>
  [[nodiscard]] Model<Net, Input, T, To> to_device() const {
    Model<Net, Input, T, To> model;
    copy_across(Device{}, To{}, parameter_count, engine_.parameters(), model.engine_.parameters());
    copy_across(Device{}, To{}, buffer_count, engine_.buffers(), model.engine_.buffers());
    model.seed_ = seed_;
    model.batches_tracked_ = batches_tracked_;
    return model;
  }

  /// The leaf layers in order, with names, parameters, offsets.
  [[nodiscard]] static const std::vector<nn::LayerInfo>& layers() { return Tables::layers(); }

  /// All parameters, gradients and buffers as flat vectors; a layer's place is in layers().
  [[nodiscard]] Parameters parameters() { return Parameters(engine_.parameters()); }
  [[nodiscard]] ConstParameters parameters() const { return ConstParameters(engine_.parameters()); }
  [[nodiscard]] Parameters gradients() { return Parameters(engine_.gradients()); }
  [[nodiscard]] ConstParameters gradients() const { return ConstParameters(engine_.gradients()); }
  [[nodiscard]] Buffers<value_type> buffers() {
    return Buffers<value_type>(engine_.buffers(), buffer_count);
  }
  [[nodiscard]] Buffers<const value_type> buffers() const {
    return Buffers<const value_type>(engine_.buffers(), buffer_count);
  }

  /// The values or gradients of one parameter, in memory order (host memory only).
  [[nodiscard]] std::span<value_type> values(const nn::Parameter& p) {
    return nn::part(parameters().span(), p);
  }
  [[nodiscard]] std::span<const value_type> values(const nn::Parameter& p) const {
    return nn::part(parameters().span(), p);
  }
  [[nodiscard]] std::span<value_type> gradients(const nn::Parameter& p) {
    return nn::part(gradients().span(), p);
  }

  /// visitor(parameter, values) for every parameter in order.
  template <class Visitor>
  void for_each_parameter(Visitor&& visitor) {
    for (const nn::LayerInfo& layer : layers()) {
      for (const nn::Parameter& parameter : layer.parameters) visitor(parameter, values(parameter));
    }
  }

  void zero_gradients() { gradients() = value_type(0); }

  /// Training batches that BatchNorm has followed (PyTorch's num_batches_tracked).
  [[nodiscard]] std::int64_t batches_tracked() const { return batches_tracked_; }
  void set_batches_tracked(std::int64_t count) { batches_tracked_ = count; }

  /// The operations that the network runs, which an observer is told of (nn::Unobserved).
  [[nodiscard]] const nn::Program& program() const { return engine_.program(); }
  /// What Dropout draws from, together with the step.
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  void set_seed(std::uint64_t seed) { seed_ = seed; }

  /// The network's output for a batch in evaluation mode; valid until the next call. Allocates
  /// only when the batch is larger than any before. Ends what a forward() has kept.
  template <class Observe = nn::Unobserved>
  OutputView predict(const InputView& x, const Observe& observe = {}) {
    return OutputView(
        engine_.forward({Device{}, x.batch(), nn::Mode::evaluation, false, 0}, x.data(), observe),
        x.batch());
  }

  /// As predict, but keeps what backward() needs. In training mode BatchNorm's running statistics
  /// follow and Dropout draws for `step`. `x` must stay unchanged until backward().
  template <class Observe = nn::Unobserved>
  OutputView forward(const InputView& x, nn::Mode mode, std::uint64_t step = 0,
                     const Observe& observe = {}) {
    if (mode == nn::Mode::training) ++batches_tracked_;
    const std::uint64_t seed = seed_ + 0x9E3779B97F4A7C15U * (step + 1);
    return OutputView(engine_.forward({Device{}, x.batch(), mode, true, seed}, x.data(), observe),
                      x.batch());
  }

  /// Adds the gradients of the parameters, for the gradient `dy` of the last forward()'s output.
  /// With `dx` not null, also writes the gradient of the input there.
  template <class Observe = nn::Unobserved>
  void backward(const OutputView& dy, T* dx = nullptr, const Observe& observe = {}) {
    engine_.backward(dy.batch(), dy.data(), dx, observe);
  }

 private:
  using Tables = nn::NetworkTables<Bound>;
  template <class, AnyShape, class, class>
  friend class Model;

  Model() : engine_(Tables::blueprint) {}

  template <class Plan>
  static constexpr Index bytes(const Plan& plan, Index batch) {
    return static_cast<Index>(sizeof(value_type)) * plan.fixed +
           static_cast<Index>(sizeof(T)) * plan.per_sample * batch;
  }

  nn::Engine<T, Device> engine_;
  std::uint64_t seed_ = 0;
  std::int64_t batches_tracked_ = 0;
};

}  // namespace osteon
