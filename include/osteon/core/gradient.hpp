// Where a gradient goes.
#pragma once

namespace osteon {

/// If anywhere: written, or added to what others have written.
template <class T>
struct Gradient {
  T* to = nullptr;
  bool add = false;
};

}  // namespace osteon
