// Device tags. A layer never names a backend library: it calls conv2d_forward(device, ...) and the
// tag's type finds the function.
#pragma once

namespace osteon {

/// The host processor; operations live in osteon/cpu/.
struct Cpu {
  static constexpr const char* name = "cpu";
};

}  // namespace osteon
