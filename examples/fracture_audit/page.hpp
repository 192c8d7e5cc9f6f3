// The page with the pairs to look at.
#pragma once

#include "findings.hpp"

#include <cstddef>
#include <filesystem>

namespace fracture {

/// audit.html: one file that needs no other, with at most `pairs` pairs of each kind.
void write_page(const std::filesystem::path& path, const Findings& findings, std::size_t pairs);

}  // namespace fracture
