// The audit of a folder, counted.
#pragma once

#include <osteon/data/audit.hpp>

#include "options.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace fracture {

/// Of the files of a class in a part, how many also stand in another part.
struct Overlap {
  osteon::data::Part part, other;
  int label;
  std::size_t files, contents, pictures, groups;
};

struct Findings {
  osteon::data::ImageFolder folder;
  osteon::data::Audit audit;
  std::size_t contents = 0;     // distinct ones
  std::size_t pictures = 0;     // distinct ones that can be decoded
  std::size_t same_pixels = 0;  // contents whose pixels an earlier content has
  std::size_t sources = 0;
  std::vector<std::size_t> truncated, unreadable;  // positions of files
  std::vector<std::size_t> unnamed;       // near repeats between sources that differ by name
  std::vector<std::size_t> conflicting;   // near repeats under different classes
  std::vector<std::size_t> class_groups;  // for each class, the groups that have files of it alone
  std::size_t mixed_groups = 0;           // that have files of several classes
  std::vector<Overlap> overlaps;          // each part with each earlier one

  [[nodiscard]] const std::string& path(std::size_t i) const { return folder.samples[i].path; }
  [[nodiscard]] const std::string& class_name(int label) const {
    return folder.classes[static_cast<std::size_t>(label)];
  }
};

/// Reads and compares everything. Throws osteon::Error on a folder that is no data set.
Findings examine(const AuditRequest& request);

/// A page of text for the terminal.
std::string summary(const Findings& findings);

/// audit.json: every figure, every group, and the near repeats that names do not tell.
void write_json(const std::filesystem::path& path, const Findings& findings);

}  // namespace fracture
