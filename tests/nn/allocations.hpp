// Counts the allocations of the program that links allocations.cpp.
#pragma once

namespace osteon::test {

[[nodiscard]] long allocations();

}  // namespace osteon::test
