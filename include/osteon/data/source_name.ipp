// Definitions of source_name.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/source_name.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace osteon::data {

namespace detail {

/// Removes `open`, digits and `close` from the end of `name`, if that is how it ends.
OSTEON_INLINE bool strip_numbered(std::string_view& name, std::string_view open,
                                  std::string_view close) {
  if (!name.ends_with(close)) return false;
  const std::string_view inner = name.substr(0, name.size() - close.size());
  const std::size_t last = inner.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == inner.size()) return false;
  const std::string_view head = inner.substr(0, last + 1);
  if (!head.ends_with(open) || head.size() == open.size()) return false;
  name = head.substr(0, head.size() - open.size());
  return true;
}

}  // namespace detail

OSTEON_INLINE std::string source_name(const std::filesystem::path& path) {
  const std::string file =
      (detail::has_image_suffix(path) ? path.stem() : path.filename()).string();
  std::string_view name = file;
  constexpr std::string_view copy = " - Copy";
  while (true) {
    if (name.size() > copy.size() && name.ends_with(copy)) {
      name.remove_suffix(copy.size());
    } else if (!detail::strip_numbered(name, "-rotated", "") &&
               !detail::strip_numbered(name, " (", ")")) {
      return std::string(name);
    }
  }
}

}  // namespace osteon::data
