// Whether convolutions may take Winograd's form.
#pragma once

#include <atomic>

namespace osteon::cpu {
namespace winograd {

inline std::atomic<bool>& allowed() {
  static std::atomic<bool> flag{true};
  return flag;
}

}  // namespace winograd

/// Turns Winograd's form off (and on again): every convolution is then summed directly. It decides
/// when a convolution is run or an InferenceModel is made.
inline void set_winograd(bool on) { winograd::allowed() = on; }

}  // namespace osteon::cpu
