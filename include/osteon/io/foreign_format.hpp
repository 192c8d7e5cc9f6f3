// Weight files that are no safetensors files, told by their first bytes, and what to do with them.
#pragma once

#include <string>
#include <string_view>

namespace osteon::io {

/// What a file is that was given for a safetensors file, and what to do about it: "is ...; do ...".
/// Empty where that is not known. Only the beginning is looked at, so a cut file is recognised too.
[[nodiscard]] std::string foreign_format(std::string_view content);

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/foreign_format.ipp>
#endif
