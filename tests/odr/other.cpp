#include "every_header.hpp"

#include <cstdint>

using Require = void (*)(bool, const char (&)[2]);

Require other_require() { return &osteon::require<char[2]>; }
std::uint32_t other_draw() { return osteon::Random(42)(); }
