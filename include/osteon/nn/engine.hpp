// Runs a network's program on a device: the parameters, the gradients, the workspace, and the loop
// over the operations. It knows no network type, so it exists once per scalar and device.
//
// With a 16-bit scalar it computes in mixed precision: activations and their gradients are of 16
// bits, and every pass reads the weights rounded to them; the weights themselves, their gradients
// and the statistics of batch normalisation are float (Micikevicius et al., "Mixed precision
// training", ICLR 2018).
#pragma once

#include <osteon/core/batch_norm.hpp>
#include <osteon/core/buffer.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/float16.hpp>
#include <osteon/core/gradient.hpp>
#include <osteon/core/replay.hpp>
#include <osteon/nn/elementary.hpp>
#include <osteon/nn/layer.hpp>
#include <osteon/nn/plan.hpp>
#include <osteon/nn/program.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace osteon::nn {

/// What the engine needs to know of a network: all of it computed at compile time.
struct Blueprint {
  Program program;
  Index parameters = 0;
  Index buffers = 0;
  /// The places of each operation without and with backward, and the workspace they need.
  const Places* inference = nullptr;
  const Places* training = nullptr;
  Extent inference_memory;
  Extent training_memory;
};

/// Nobody looks inside a pass: the default observer, which costs nothing.
///
/// An observer is called with (int i, std::span<const T> values). Forward: after operation i of
/// program(), with its output. Backward: before operation i, with the gradient of its output, which
/// is complete by then. Both are (batch, ...) in memory order, and theirs only during the call:
/// later operations write over them.
struct Unobserved {
  template <class T>
  void operator()(int, std::span<const T>) const {}
};

/// `T` is what activations are stored as.
template <class T, class Device>
class Engine {
  static_assert(
      !(is_float16<T> && is_host<Device>),
      "osteon: networks of 16-bit numbers are computed on Cuda, not on the Cpu; use float");
  /// What parameters and statistics are stored as.
  using P = ComputeType<T>;

 public:
  explicit Engine(const Blueprint& blueprint)
      : blueprint_(&blueprint),
        parameters_(static_cast<std::size_t>(blueprint.parameters)),
        gradients_(static_cast<std::size_t>(blueprint.parameters)),
        buffers_(static_cast<std::size_t>(blueprint.buffers)) {}

  [[nodiscard]] P* parameters() { return parameters_.data(); }
  [[nodiscard]] const P* parameters() const { return parameters_.data(); }
  [[nodiscard]] P* gradients() { return gradients_.data(); }
  [[nodiscard]] const P* gradients() const { return gradients_.data(); }
  [[nodiscard]] P* buffers() { return buffers_.data(); }
  [[nodiscard]] const P* buffers() const { return buffers_.data(); }
  [[nodiscard]] const Program& program() const { return blueprint_->program; }

  /// The output for `x`, in the workspace: valid until the next call. With pass.record, keeps what
  /// backward() needs; `x` must stay as it is until then.
  template <class Observe = Unobserved>
  const T* forward(const Pass<Device>& pass, const T* x, const Observe& observe = {}) {
    require(pass.batch > 0, "the network was given an empty batch");
    prepare(pass);
    pass_ = pass;
    x_ = pass.record ? x : nullptr;
    const Program& program = blueprint_->program;
    const auto all = [&] {
      round_parameters();
      for (int i = 0; i < program.count; ++i) {
        run_forward(program.operations[i], places(i), x);
        observe(i, output_of(i, at(places(i).output)));
      }
    };
    if (repeats<Observe>()) {
      replay_.run(key("forward", x, nullptr), all);
    } else {
      all();
    }
    return at(places(program.count - 1).output);
  }

  /// Adds the gradients of the parameters, for the gradient `dy` of the recorded output; writes
  /// that of the input to `dx`, if not null.
  template <class Observe = Unobserved>
  void backward(Index batch, const T* dy, T* dx, const Observe& observe = {}) {
    require(x_ != nullptr && batch == pass_.batch,
            "backward() needs a forward() of the same batch before it (batch ", batch, " against ",
            x_ == nullptr ? 0 : pass_.batch, ")");
    const auto all = [&] {
      for (int i = blueprint_->program.count - 1; i >= 0; --i) {
        const Place gradient = places(i).output_gradient;
        observe(i, output_of(i, gradient == at_network_output ? dy : at(gradient)));
        run_backward(blueprint_->program.operations[i], places(i), dy, dx);
      }
    };
    if (repeats<Observe>()) {
      replay_.run(key("backward", dy, dx), all);
    } else {
      all();
    }
    x_ = nullptr;
  }

 private:
  // The network's input stands outside the workspace.
  [[nodiscard]] const Extent& memory(const Pass<Device>& pass) const {
    return pass.record ? blueprint_->training_memory : blueprint_->inference_memory;
  }
  [[nodiscard]] const Places& places(int i) const {
    return (pass_.record ? blueprint_->training : blueprint_->inference)[i];
  }
  [[nodiscard]] T* at(Place place) { return workspace_.data() + place * pass_.batch; }
  [[nodiscard]] std::span<const T> output_of(int i, const T* data) const {
    const Index size = pass_.batch * program().operations[i].output_size();
    return {data, static_cast<std::size_t>(size)};
  }
  [[nodiscard]] Conv2dGeometry geometry(const Operation& o) const {
    Conv2dGeometry g = o.geometry;
    g.batch = pass_.batch;
    return g;
  }
  /// The parameters in the type that products are computed from.
  [[nodiscard]] const T* factors() const {
    if constexpr (std::is_same_v<T, P>) {
      return parameters();
    } else {
      return rounded_.data();
    }
  }
  [[nodiscard]] const T* bias_of(const Operation& o) const {
    return o.bias ? factors() + o.parameters_at + o.geometry.weights() : nullptr;
  }

  /// Memory for a pass. It grows only, and not while a pass runs.
  void prepare(const Pass<Device>& pass) {
    const Extent& needed = memory(pass);
    const auto size = static_cast<std::size_t>(pass.batch * needed.per_sample);
    if (workspace_.size() < size) workspace_ = Buffer<T, Device>(size);
    const auto kept = static_cast<std::size_t>(needed.fixed);
    if (kept_.size() < kept) kept_ = Buffer<P, Device>(kept);
    if constexpr (!std::is_same_v<T, P>) {
      if (rounded_.size() < parameters_.size()) rounded_ = Buffer<T, Device>(parameters_.size());
    }
  }
  void round_parameters() {
    if constexpr (!std::is_same_v<T, P>) {
      convert(pass_.device, blueprint_->parameters, parameters(), rounded_.data());
    }
  }

  /// Whether a pass does the same to the same memory as every pass with its key: nobody looks in,
  /// and nothing is drawn.
  template <class Observe>
  [[nodiscard]] bool repeats() const {
    if (!std::is_same_v<Observe, Unobserved>) return false;
    if (pass_.mode != Mode::training) return true;
    const Program& program = blueprint_->program;
    for (int i = 0; i < program.count; ++i) {
      if (program.operations[i].kind == Kind::dropout) return false;
    }
    return true;
  }
  [[nodiscard]] ReplayKey key(const char* pass, const void* from, const void* to) const {
    return {pass,
            pass_.batch,
            2 * static_cast<int>(pass_.mode) + static_cast<int>(pass_.record),
            {from, to, x_, workspace_.data()}};
  }

  [[nodiscard]] BatchNorm<P> batch_norm(const Operation& o) {
    const Index c = o.geometry.in_channels;
    P* const weight = parameters() + o.parameters_at;
    P* const running = buffers() + o.buffers_at;
    P* const kept = kept_.data() + o.kept_at;
    return {pass_.batch * o.input_pixels(),
            c,
            pass_.mode == Mode::training,
            o.epsilon,
            o.momentum,
            o.relu,
            weight,
            weight + c,
            running,
            running + c,
            kept,
            kept + c};
  }

  void run_forward(const Operation& o, const Places& place, const T* network_input) {
    const auto value = [&](Place p) -> const T* {
      return p == nowhere ? nullptr : p == at_network_input ? network_input : at(p);
    };
    const Device device = pass_.device;
    const Conv2dGeometry g = geometry(o);
    const T* const x = value(place.input);
    const T* const addend = value(place.addend);
    T* const y = at(place.output);
    const T* const weight = factors() + o.parameters_at;
    switch (o.kind) {
      case Kind::conv2d:
        return conv2d_forward(device, g, x, weight, bias_of(o), y);
      case Kind::linear:
        return linear_forward(device, g.batch, g.in_channels, g.out_channels, x, weight, bias_of(o),
                              y);
      case Kind::batch_norm2d:
        if (o.max_pool) return batch_norm_pool_forward(device, batch_norm(o), g, x, y);
        return batch_norm_forward(device, batch_norm(o), x, addend, y);
      case Kind::dropout:
        return drop(o, x, y);
      default:
        return elementary_forward(device, o, g, x, addend, y);
    }
  }

  void run_backward(const Operation& o, const Places& place, const T* dy_of_network,
                    T* dx_of_network) {
    const auto gradient = [&](Place p) {
      return p == nowhere ? nullptr : p == at_network_input ? dx_of_network : at(p);
    };
    const Device device = pass_.device;
    const Conv2dGeometry g = geometry(o);
    const T* const dy =
        place.output_gradient == at_network_output ? dy_of_network : at(place.output_gradient);
    const Gradient<T> dx{gradient(place.input_gradient), place.adds_to_input_gradient};
    const Gradient<T> daddend{gradient(place.addend_gradient), place.adds_to_addend_gradient};
    const T* const x = place.input == at_network_input ? x_ : at(place.input);
    const T* const y = at(place.output);
    const T* const weight = factors() + o.parameters_at;
    P* const dweight = gradients() + o.parameters_at;
    P* const dbias = o.bias ? dweight + o.geometry.weights() : nullptr;
    switch (o.kind) {
      case Kind::conv2d:
        conv2d_backward_weight(device, g, x, dy, dweight, dbias);
        if (dx.to != nullptr) conv2d_backward_input(device, g, dy, weight, dx.to, dx.add);
        return;
      case Kind::linear:
        linear_backward_weight(device, g.batch, g.in_channels, g.out_channels, x, dy, dweight,
                               dbias);
        if (dx.to != nullptr) {
          linear_backward_input(device, g.batch, g.in_channels, g.out_channels, dy, weight, dx.to,
                                dx.add);
        }
        return;
      case Kind::batch_norm2d:
        if (o.max_pool) {
          return batch_norm_pool_backward(device, batch_norm(o), g, x, y, dy, dweight,
                                          dweight + g.in_channels, dx);
        }
        return batch_norm_backward(device, batch_norm(o), x, y, dy, o.addend != no_value, dweight,
                                   dweight + g.in_channels, dx, daddend);
      case Kind::dropout:
        if (dx.to == nullptr) return;
        if (!dx.add) return drop(o, dy, dx.to);
        return add_result(device, g.batch * o.input_size(), dx.to, [&](T* to) { drop(o, dy, to); });
      default:
        return elementary_backward(device, o, g, x, y, dy, dx, daddend);
    }
  }

  void drop(const Operation& o, const T* from, T* to) {
    const Index size = pass_.batch * o.input_size();
    if (pass_.mode == Mode::training) {
      dropout(pass_.device, static_cast<float>(o.percent) / 100.0F, pass_.seed,
              static_cast<std::uint64_t>(o.output), size, from, to);
    } else if (from != to) {
      copy(pass_.device, size, from, to);
    }
  }

  const Blueprint* blueprint_;
  Buffer<P, Device> parameters_;
  Buffer<P, Device> gradients_;
  Buffer<P, Device> buffers_;
  Buffer<P, Device> kept_;  // from forward to backward, whatever the batch
  Buffer<T, Device> workspace_;
  Buffer<T, Device> rounded_;  // the parameters, where T is narrower
  Replay<Device> replay_;
  Pass<Device> pass_{};
  const T* x_ = nullptr;
};

}  // namespace osteon::nn
