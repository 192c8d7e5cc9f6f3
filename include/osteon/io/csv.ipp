// Definitions of csv.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/io/csv.hpp>

#include <string>
#include <string_view>

namespace osteon::io {

OSTEON_INLINE std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace osteon::io
