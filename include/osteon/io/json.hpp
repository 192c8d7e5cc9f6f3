// JSON. The only header that includes nlohmann/json.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/atomic_file.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::io {

/// A JSON value whose objects keep the order of insertion.
using Json = nlohmann::ordered_json;

/// Parses UTF-8 text. `where` (a path, say) opens every error message. Stricter than the standard
/// asks: a name that occurs twice in one object is refused, since one of the values would be lost.
[[nodiscard]] inline Json parse_json(std::string_view text, std::string_view where) {
  std::vector<std::set<std::string>> names;  // of the objects that are open
  std::string repeated;
  const auto note_names = [&](int, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key && !names.back().insert(parsed.get<std::string>()).second)
      repeated = parsed.get<std::string>();
    return true;
  };
  try {
    Json value = Json::parse(text, note_names);
    require(repeated.empty(), where, ": the name \"", repeated,
            "\" occurs twice in one JSON object; keep one of them");
    return value;
  } catch (const Json::exception& error) {
    fail(where, ": not valid JSON (", error.what(), "); the file is damaged or of another kind");
  }
}

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
