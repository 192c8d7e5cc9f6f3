// Work that is done again and again over the same memory.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/shape.hpp>

#include <array>

namespace osteon {

/// What work does, as far as it is not always the same: two runs with equal keys launch the same
/// operations over the same memory.
struct ReplayKey {
  const char* what;  // a literal
  Index batch;
  int how;
  std::array<const void*, 4> memory{};

  friend bool operator==(const ReplayKey&, const ReplayKey&) = default;
};

/// run(key, work) does the work. A device may record it at one run and replay the recording at
/// later ones with the same key.
template <class Device>
class Replay {
 public:
  template <class Work>
  void run(const ReplayKey& /*key*/, const Work& work) {
    work();
  }
};

}  // namespace osteon
