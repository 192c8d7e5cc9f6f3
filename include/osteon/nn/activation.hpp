// Elementwise layers without parameters: ReLU and Dropout.
#pragma once

#include <osteon/core/tensor.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/nn/layer.hpp>

namespace osteon::nn {
namespace detail {

/// Elements in memory order, their number known at run time: elementwise code exists once, not once
/// per shape.
template <class T, class Device>
using Elements = TensorView<T, Shape<dynamic>, Contiguous, Device>;

}  // namespace detail

/// max(x, 0). At 0 the gradient is 0, as in PyTorch.
struct ReLU {
  template <AnyShape In>
  struct Bound : BoundLayer<In> {
    static constexpr bool in_place = true;
    static constexpr bool needs_output = true;

    static void describe(const std::string& path, Description& table) {
      table.add(path, "ReLU", In{});
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>&) {
      detail::Elements<T, Device>(y, pass.batch * In::size) =
          relu(detail::Elements<const T, Device>(x, pass.batch * In::size));
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* /*x*/, const T* y, const T* dy, T* dx,
                         const Memory<T>&) {
      if (dx == nullptr) return;
      const Index size = pass.batch * In::size;
      detail::Elements<T, Device>(dx, size) = where(detail::Elements<const T, Device>(y, size) > 0,
                                                    detail::Elements<const T, Device>(dy, size), 0);
    }
  };
};

/// In training sets each element to zero with probability Percent / 100 and scales the others by
/// 1 / (1 - p); in evaluation does nothing. Which elements is a function of the run's seed and
/// step, so nothing is saved for backward.
///
/// Srivastava et al., "Dropout", JMLR 2014.
template <int Percent = 50>
struct Dropout {
  static_assert(Percent >= 0 && Percent < 100, "osteon: Dropout<percent> takes 0 to 99");

  template <AnyShape In>
  struct Bound : BoundLayer<In> {
    static constexpr bool in_place = true;

    static void describe(const std::string& path, Description& table) {
      table.add(path, concat("Dropout(", Percent, " %)"), In{});
    }

    template <class Device, class T>
    static void forward(const Pass<Device>& pass, const T* x, T* y, const Memory<T>&) {
      apply(pass, x, y);
    }

    template <class Device, class T>
    static void backward(const Pass<Device>& pass, const T* /*x*/, const T* /*y*/, const T* dy,
                         T* dx, const Memory<T>&) {
      if (dx != nullptr) apply(pass, dy, dx);
    }

   private:
    template <class Device, class T>
    static void apply(const Pass<Device>& pass, const T* from, T* to) {
      if (pass.mode == Mode::training) {
        dropout(pass.device, Percent / 100.0F, pass.seed, pass.stream, pass.batch * In::size, from,
                to);
      } else if (from != to) {
        detail::Elements<T, Device>(to, pass.batch * In::size) =
            detail::Elements<const T, Device>(from, pass.batch * In::size);
      }
    }
  };
};

}  // namespace osteon::nn
