// The files of a folder that are not as they should be: counted and named wherever a run is told
// of.
#pragma once

#include <osteon/core/error.hpp>

#include "images.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fracture {

struct Fault {
  std::string kind;  // what is wrong, and what became of them
  std::vector<std::string> paths;

  /// "kind: count".
  [[nodiscard]] std::string title() const { return osteon::concat(kind, ": ", paths.size()); }

  /// At most ten paths, and how many more there are.
  [[nodiscard]] std::string listed(std::string_view separator) const {
    constexpr std::size_t most = 10;
    std::string text;
    for (std::size_t i = 0; i < std::min(most, paths.size()); ++i)
      text += osteon::concat(i > 0 ? separator : "", paths[i]);
    if (paths.size() > most)
      text += osteon::concat(separator, "and ", paths.size() - most, " more");
    return text;
  }
};

/// Of each kind that there is.
[[nodiscard]] inline std::vector<Fault> faults(const Options& options, const Images& images) {
  const char* truncated =
      options.truncated == "skip" ? "truncated, left out" : "truncated, used as far as they go";
  std::vector<Fault> found{{truncated, images.report.truncated},
                           {"unreadable, left out", images.report.unreadable},
                           {"stray files that are no images, left out", images.stray},
                           {"images in no class folder, left out", images.unlabelled}};
  std::erase_if(found, [](const Fault& fault) { return fault.paths.empty(); });
  return found;
}

/// A paragraph for each, for the terminal and report.txt.
[[nodiscard]] inline std::string to_string(std::span<const Fault> faults) {
  std::string text;
  for (const Fault& fault : faults)
    text += osteon::concat(fault.title(), "\n  ", fault.listed("\n  "), '\n');
  return text;
}

}  // namespace fracture
