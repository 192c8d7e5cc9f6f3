// Images from 8-bit pixels to what a network is fed, on the GPU.
#pragma once

#include <osteon/core/host_device.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/cuda/device.hpp>
#include <osteon/cuda/thrust.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace osteon {
namespace gpu {

/// The value of element i of channels-last images of three channels. A division, a subtraction and
/// a division: nothing to contract, so it is rounded as on the host.
template <class T>
struct Normalized {
  const std::uint8_t* pixels;
  std::array<float, 3> mean, std;

  OSTEON_HOST_DEVICE T operator()(Index i) const {
    const auto channel = static_cast<std::size_t>(i % 3);
    return static_cast<T>((static_cast<float>(pixels[i]) / 255.0F - mean[channel]) / std[channel]);
  }
};

}  // namespace gpu

/// to = (pixels / 255 - mean) / std for each of the channels red, green, blue, of `size` elements
/// in channels-last order, both in device memory: computed in float, as data::Normalizer does.
template <class T>
void normalize(Cuda, Index size, const std::uint8_t* pixels, const std::array<float, 3>& mean,
               const std::array<float, 3>& std, T* to) {
  gpu::transform(size, to, gpu::Normalized<T>{pixels, mean, std});
}

}  // namespace osteon
