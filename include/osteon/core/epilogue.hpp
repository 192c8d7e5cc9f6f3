// What happens to an operation's results on their way to memory.
#pragma once

namespace osteon {

/// y = relu(result + bias + addend), as far as they are there: in the same pass that writes y.
template <class T>
struct Epilogue {
  const T* bias = nullptr;    // one a channel
  const T* addend = nullptr;  // laid out as y; may be y
  bool relu = false;

  /// Whether y is the result itself.
  [[nodiscard]] bool empty() const { return bias == nullptr && addend == nullptr && !relu; }
};

}  // namespace osteon
