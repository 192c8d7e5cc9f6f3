// Comma-separated values.
#pragma once

#include <string>
#include <string_view>

namespace osteon::io {

/// A field of a CSV file, in quotes where it must be (RFC 4180).
[[nodiscard]] inline std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace osteon::io
