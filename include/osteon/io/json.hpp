// JSON. The only header that includes nlohmann/json.
#pragma once

#include <osteon/io/atomic_file.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string_view>

namespace osteon::io {

/// A JSON value whose objects keep the order of insertion.
using Json = nlohmann::ordered_json;

/// Parses UTF-8 text. `where` (a path, say) opens every error message. Stricter than the standard
/// asks: a name that occurs twice in one object is refused, since one of the values would be lost.
[[nodiscard]] Json parse_json(std::string_view text, std::string_view where);

/// Reads and parses a JSON file.
[[nodiscard]] inline Json read_json(const std::filesystem::path& path) {
  return parse_json(read_file(path), path.string());
}

/// Writes `value` atomically, indented by two spaces. Bytes that aren't UTF-8 (file names may hold
/// them) become U+FFFD. JSON has no NaN: it is written as null.
inline void write_json(const std::filesystem::path& path, const Json& value) {
  write_file(path, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/json.ipp>
#endif
