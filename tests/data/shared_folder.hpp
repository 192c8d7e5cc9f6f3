// Where the real data lies that some tests read, if it is there.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace osteon::test {

/// $OSTEON_SHARED/NAME or ../shared/NAME beside the source tree. If absent, says "skipped: NAME".
inline std::optional<std::filesystem::path> shared_folder(const std::string& name) {
  const char* set = std::getenv("OSTEON_SHARED");
  const std::filesystem::path folder =
      std::filesystem::path(set != nullptr ? set : OSTEON_TEST_DIR "/../../shared") / name;
  if (std::filesystem::is_directory(folder)) return folder;
  std::printf("skipped: %s (no folder %s)\n", name.c_str(), folder.c_str());
  return std::nullopt;
}

}  // namespace osteon::test
