// Both files of this program include every public header. What is not inline is defined twice and
// does not link; what is inline must be one and the same thing in both.
#include "every_header.hpp"

#include <cstdint>
#include <cstdio>

using Require = void (*)(bool, const char (&)[2]);

Require other_require();
std::uint32_t other_draw();

int main() {
  const Require require = &osteon::require<char[2]>;
  if (require == other_require() && osteon::Random(42)() == other_draw()) return 0;
  std::puts("the two files of one program see two different Osteons");
  return 1;
}
