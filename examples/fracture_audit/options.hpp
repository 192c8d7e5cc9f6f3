// What the user asked for.
#pragma once

#include <osteon/data/grouped_split.hpp>
#include <osteon/data/near_repeats.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>

namespace fracture {

struct AuditRequest {
  std::filesystem::path data;
  std::filesystem::path out = "out";
  osteon::data::NearRepeatOptions near_repeats;
  std::size_t pairs = 12;  // of each kind, shown on the page
  bool split = false;      // write split.csv as well
  osteon::data::GroupedSplitOptions parts;
  int threads = 0;  // 0: one per processor
};

/// Parses the command line. On --help, --version or a mistake, prints what there is to say and
/// returns the status to exit with.
std::optional<int> parse(int argc, char** argv, AuditRequest& request);

}  // namespace fracture
