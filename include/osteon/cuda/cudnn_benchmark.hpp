// Whether cuDNN's plans are chosen by measuring.
#pragma once

#include <atomic>

namespace osteon::gpu {

namespace detail {
inline std::atomic<bool> measure_plans{false};
}

/// Whether the plans of a convolution are timed when it is first met, and the fastest is taken
/// (torch.backends.cudnn.benchmark); otherwise cuDNN's own guess. Off by default: which one is the
/// fastest may change from run to run, and with it the last bits of the results. For programs; it
/// does not reach convolutions that were met before. Without cuDNN it does nothing.
inline void set_cudnn_benchmark(bool on) { detail::measure_plans = on; }
[[nodiscard]] inline bool cudnn_benchmark() { return detail::measure_plans; }

}  // namespace osteon::gpu
