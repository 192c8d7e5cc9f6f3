// Definitions of json.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/json.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::io {

OSTEON_INLINE Json parse_json(std::string_view text, std::string_view where) {
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

}  // namespace osteon::io
