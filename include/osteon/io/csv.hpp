// Comma-separated values.
#pragma once

#include <string>
#include <string_view>

namespace osteon::io {

/// A field of a CSV file, in quotes where it must be (RFC 4180).
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/csv.ipp>
#endif
