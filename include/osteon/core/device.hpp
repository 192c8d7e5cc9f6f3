// Device tags. A layer never names a backend library: it calls conv2d_forward(device, ...) and the
// tag's type finds the function.
#pragma once

namespace osteon {

/// The host processor; operations live in osteon/cpu/.
struct Cpu {
  static constexpr const char* name = "cpu";
};

/// Whether the host reads and writes the device's memory as its own.
template <class Device>
inline constexpr bool is_host = false;
template <>
inline constexpr bool is_host<Cpu> = true;

}  // namespace osteon
