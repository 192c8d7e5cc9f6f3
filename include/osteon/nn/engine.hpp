// Runs a network's program on a device: the parameters, the gradients, the workspace, and the loop
// over the operations. It knows no network type, so it exists once per scalar and device.
#pragma once

#include <osteon/core/buffer.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/nn/layer.hpp>
#include <osteon/nn/plan.hpp>
#include <osteon/nn/program.hpp>

#include <cstddef>
#include <cstdint>
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

template <class T, class Device>
class Engine {
 public:
  explicit Engine(const Blueprint& blueprint)
      : blueprint_(&blueprint),
        parameters_(static_cast<std::size_t>(blueprint.parameters)),
        gradients_(static_cast<std::size_t>(blueprint.parameters)),
        buffers_(static_cast<std::size_t>(blueprint.buffers)) {}

  [[nodiscard]] T* parameters() { return parameters_.data(); }
  [[nodiscard]] const T* parameters() const { return parameters_.data(); }
  [[nodiscard]] T* gradients() { return gradients_.data(); }
  [[nodiscard]] const T* gradients() const { return gradients_.data(); }
  [[nodiscard]] T* buffers() { return buffers_.data(); }
  [[nodiscard]] const T* buffers() const { return buffers_.data(); }

  /// The output for `x`, in the workspace: valid until the next call. With pass.record, keeps what
  /// backward() needs; `x` must stay as it is until then.
  const T* forward(const Pass<Device>& pass, const T* x) {
    require(pass.batch > 0, "the network was given an empty batch");
    const auto size = static_cast<std::size_t>(memory(pass).at(pass.batch));
    if (workspace_.size() < size) workspace_ = Buffer<T, Device>(size);
    pass_ = pass;
    x_ = pass.record ? x : nullptr;
    const Program& program = blueprint_->program;
    for (int i = 0; i < program.count; ++i) run_forward(program.operations[i], places(i), x);
    return at(places(program.count - 1).output);
  }

  /// Adds the gradients of the parameters, for the gradient `dy` of the recorded output; writes
  /// that of the input to `dx`, if not null.
  void backward(Index batch, const T* dy, T* dx) {
    require(x_ != nullptr && batch == pass_.batch,
            "backward() needs a forward() of the same batch before it (batch ", batch, " against ",
            x_ == nullptr ? 0 : pass_.batch, ")");
    for (int i = blueprint_->program.count - 1; i >= 0; --i) {
      run_backward(blueprint_->program.operations[i], places(i), dy, dx);
    }
    x_ = nullptr;
  }

 private:
  using View = TensorView<T, Shape<dynamic>, Contiguous, Device>;
  using ConstView = TensorView<const T, Shape<dynamic>, Contiguous, Device>;

  // The network's input stands outside the workspace.
  [[nodiscard]] const Extent& memory(const Pass<Device>& pass) const {
    return pass.record ? blueprint_->training_memory : blueprint_->inference_memory;
  }
  [[nodiscard]] const Places& places(int i) const {
    return (pass_.record ? blueprint_->training : blueprint_->inference)[i];
  }
  [[nodiscard]] T* at(Place place) {
    return workspace_.data() + memory(pass_).fixed + place * pass_.batch;
  }
  [[nodiscard]] Conv2dGeometry geometry(const Operation& o) const {
    Conv2dGeometry g = o.geometry;
    g.batch = pass_.batch;
    return g;
  }
  [[nodiscard]] const T* bias_of(const Operation& o) const {
    return o.bias ? parameters() + o.parameters_at + o.geometry.weights() : nullptr;
  }

  void run_forward(const Operation& o, const Places& place, const T* network_input) {
    const auto value = [&](Place p) { return p == at_network_input ? network_input : at(p); };
    const Device device = pass_.device;
    const Conv2dGeometry g = geometry(o);
    const Index batch = pass_.batch;
    const Index size = batch * o.output_size();
    const T* const x = value(place.input);
    T* const y = at(place.output);
    const T* const weight = parameters() + o.parameters_at;
    switch (o.kind) {
      case Kind::copy:
        if (x != y) View(y, size) = ConstView(x, size);
        return;
      case Kind::conv2d:
        return conv2d_forward(device, g, x, weight, bias_of(o), y);
      case Kind::linear:
        return linear_forward(device, batch, g.in_channels, g.out_channels, x, weight, bias_of(o),
                              y);
      case Kind::batch_norm2d: {
        const Index c = g.in_channels;
        T* const running = buffers() + o.buffers_at;
        T* const kept = workspace_.data() + o.kept_at;
        return batch_norm_forward(device, batch * o.input_pixels(), c, pass_.mode == Mode::training,
                                  o.epsilon, o.momentum, x, weight, weight + c, running,
                                  running + c, kept, kept + c, y);
      }
      case Kind::relu:
        View(y, size) = osteon::relu(ConstView(x, size));
        return;
      case Kind::dropout:
        return drop(o, x, y);
      case Kind::add:
        View(y, size) = ConstView(x, size) + ConstView(value(place.addend), size);
        return;
      case Kind::max_pool2d:
        return max_pool2d_forward(device, g, x, y);
      case Kind::avg_pool2d:
        return avg_pool2d_forward(device, g, x, y);
      case Kind::global_avg_pool2d:
        return global_avg_pool2d_forward(device, batch, o.input_pixels(), g.in_channels, x, y);
      case Kind::flatten:
        return transpose_pixels(device, batch, o.input_pixels(), g.in_channels, x, y);
    }
  }

  void run_backward(const Operation& o, const Places& place, const T* dy_of_network,
                    T* dx_of_network) {
    const auto value = [&](Place p) { return p == at_network_input ? x_ : at(p); };
    const auto gradient = [&](Place p) { return p == at_network_input ? dx_of_network : at(p); };
    const Device device = pass_.device;
    const Conv2dGeometry g = geometry(o);
    const Index batch = pass_.batch;
    const Index size = batch * o.input_size();
    const T* const dy =
        place.output_gradient == at_network_output ? dy_of_network : at(place.output_gradient);
    T* const dx = gradient(place.input_gradient);
    const bool add = place.adds_to_input_gradient;
    const T* const x = value(place.input);
    const T* const y = at(place.output);
    const T* const weight = parameters() + o.parameters_at;
    T* const dweight = gradients() + o.parameters_at;
    T* const dbias = o.bias ? dweight + o.geometry.weights() : nullptr;
    switch (o.kind) {
      case Kind::conv2d:
        conv2d_backward_weight(device, g, x, dy, dweight, dbias);
        if (dx != nullptr) conv2d_backward_input(device, g, dy, weight, dx, add);
        return;
      case Kind::linear:
        linear_backward_weight(device, batch, g.in_channels, g.out_channels, x, dy, dweight, dbias);
        if (dx != nullptr) {
          linear_backward_input(device, batch, g.in_channels, g.out_channels, dy, weight, dx, add);
        }
        return;
      case Kind::batch_norm2d: {
        const Index c = g.in_channels;
        const T* const kept = workspace_.data() + o.kept_at;
        return batch_norm_backward(device, batch * o.input_pixels(), c,
                                   pass_.mode == Mode::training, x, dy, weight, kept, kept + c,
                                   dweight, dweight + c, dx, add);
      }
      default:
        break;
    }
    if (o.kind == Kind::add) {
      if (dx != nullptr) hand_on(dy, dx, size, add);
      T* const daddend = gradient(place.addend_gradient);
      if (daddend != nullptr) hand_on(dy, daddend, size, place.adds_to_addend_gradient);
      return;
    }
    if (dx == nullptr) return;
    switch (o.kind) {
      case Kind::copy:
        return hand_on(dy, dx, size, add);
      case Kind::relu: {
        const auto passed = where(ConstView(y, size) > 0, ConstView(dy, size), 0);
        if (add) {
          View(dx, size) += passed;
        } else {
          View(dx, size) = passed;
        }
        return;
      }
      case Kind::dropout:
        if (!add) return drop(o, dy, dx);
        return add_result(dx, size, [&](T* to) { drop(o, dy, to); });
      case Kind::max_pool2d:
        return max_pool2d_backward(device, g, x, y, dy, dx, add);
      case Kind::avg_pool2d:
        return avg_pool2d_backward(device, g, dy, dx, add);
      case Kind::global_avg_pool2d:
        return global_avg_pool2d_backward(device, batch, o.input_pixels(), g.in_channels, dy, dx,
                                          add);
      case Kind::flatten:
        if (!add) return transpose_pixels(device, batch, g.in_channels, o.input_pixels(), dy, dx);
        return add_result(dx, size, [&](T* to) {
          transpose_pixels(device, batch, g.in_channels, o.input_pixels(), dy, to);
        });
      default:
        return;
    }
  }

  void drop(const Operation& o, const T* from, T* to) {
    const Index size = pass_.batch * o.input_size();
    if (pass_.mode == Mode::training) {
      dropout(pass_.device, static_cast<float>(o.percent) / 100.0F, pass_.seed,
              static_cast<std::uint64_t>(o.output), size, from, to);
    } else if (from != to) {
      View(to, size) = ConstView(from, size);
    }
  }

  static void hand_on(const T* dy, T* dx, Index size, bool add) {
    if (add) {
      View(dx, size) += ConstView(dy, size);
    } else if (dx != dy) {
      View(dx, size) = ConstView(dy, size);
    }
  }

  /// dx += what `write` writes: for the rare case that two layers read a value and the one that
  /// comes last in backward cannot add by itself.
  template <class Write>
  static void add_result(T* dx, Index size, const Write& write) {
    Buffer<T, Device> result(static_cast<std::size_t>(size));
    write(result.data());
    View(dx, size) += ConstView(result.data(), size);
  }

  const Blueprint* blueprint_;
  Buffer<T, Device> parameters_;
  Buffer<T, Device> gradients_;
  Buffer<T, Device> buffers_;
  Buffer<T, Device> workspace_;
  Pass<Device> pass_{};
  const T* x_ = nullptr;
};

}  // namespace osteon::nn
