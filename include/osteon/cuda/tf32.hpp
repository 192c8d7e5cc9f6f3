// Whether products of floats may be rounded to TF32.
#pragma once

#include <atomic>

namespace osteon::gpu {

namespace detail {
inline std::atomic<bool> use_tf32{false};
}

/// With `on`, products and convolutions of float run on the tensor cores, which read 10 bits of
/// each factor's mantissa and add in float: about 1e-3 relative (PyTorch's allow_tf32). Off by
/// default: float is float. For programs; it does not reach work that is already recorded
/// (cuda/replay.hpp), so it is set before the first pass.
inline void set_tf32(bool on) { detail::use_tf32 = on; }
[[nodiscard]] inline bool tf32() { return detail::use_tf32; }

}  // namespace osteon::gpu
