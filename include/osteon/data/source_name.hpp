// What the name of a file says about the picture that it was made from.
#pragma once

#include <osteon/data/image_folder.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace osteon::data {

namespace detail {

/// Removes `open`, digits and `close` from the end of `name`, if that is how it ends.
[[nodiscard]] inline bool strip_numbered(std::string_view& name, std::string_view open,
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

/// The file name without folders, without an image's suffix and without what programs append to the
/// name of a copy, repeatedly: `-rotatedN`, ` (N)` and ` - Copy`. "train/a/7-rotated1-rotated2 -
/// Copy (1).jpg" gives "7". A name is never reduced to nothing. A number in brackets without a
/// blank before it stays: that is how programs tell apart different pictures that came under one
/// name (in the Kaggle radiographs 4,442 of 4,455 names " (N)" are of the picture of the bare name,
/// but none of the 30 without the blank).
[[nodiscard]] inline std::string source_name(const std::filesystem::path& path) {
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
