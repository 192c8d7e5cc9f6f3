// Definitions of audited_split.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/audited_split.hpp>
#include <osteon/io/atomic_file.hpp>
#include <osteon/io/csv.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace osteon::data {

OSTEON_INLINE AuditedSplit audited_split(const ImageFolder& folder, const Audit& audit,
                                         const GroupedSplitOptions& options) {
  require(audit.files.size() == folder.samples.size(), "the audit has ", audit.files.size(),
          " files but the folder ", folder.root.string(), " has ", folder.samples.size(),
          "; audit this folder as it is now");
  AuditedSplit split;
  std::vector<std::size_t> kept, groups;
  std::vector<int> labels;
  for (std::size_t i = 0; i < audit.files.size(); ++i) {
    const AuditedFile& file = audit.files[i];
    if (!file.readable()) {
      split.dropped.push_back({i, DropReason::unreadable});
    } else if (std::ranges::binary_search(audit.conflicting, file.picture)) {
      split.dropped.push_back({i, DropReason::conflicting});
    } else if (file.picture != i) {
      split.dropped.push_back({i, DropReason::repeat});
    } else {
      kept.push_back(i);
      groups.push_back(file.group);
      labels.push_back(folder.samples[i].label);
    }
  }
  for (std::size_t c = 0; c < folder.classes.size(); ++c)
    require(std::ranges::count(labels, static_cast<int>(c)) > 0, "no image of the class \"",
            folder.classes[c], "\" in ", folder.root.string(),
            " is left once unreadable files and pictures under several classes are dropped");
  split.parts = grouped_split(labels, groups, options, folder.classes);
  for (auto* part : {&split.parts.train, &split.parts.val, &split.parts.test})
    for (std::size_t& i : *part) i = kept[i];
  return split;
}

namespace detail {

/// The part of each file; Part::all for what was dropped.
OSTEON_INLINE std::vector<Part> new_parts(const ImageFolder& folder, const AuditedSplit& split) {
  std::vector<Part> part_of(folder.samples.size(), Part::all);
  for (const std::size_t i : split.parts.train) part_of[i] = Part::train;
  for (const std::size_t i : split.parts.val) part_of[i] = Part::val;
  for (const std::size_t i : split.parts.test) part_of[i] = Part::test;
  return part_of;
}

}  // namespace detail

OSTEON_INLINE std::vector<Sample> split_samples(const ImageFolder& folder,
                                                const AuditedSplit& split) {
  const std::vector<Part> part_of = detail::new_parts(folder, split);
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < folder.samples.size(); ++i) {
    if (part_of[i] == Part::all) continue;
    samples.push_back(folder.samples[i]);
    samples.back().part = part_of[i];
  }
  return samples;
}

OSTEON_INLINE void write_split_csv(const std::filesystem::path& path, const ImageFolder& folder,
                                   const Audit& audit, const AuditedSplit& split) {
  const std::vector<Part> part_of = detail::new_parts(folder, split);
  std::string text = "path,class,part,group\n";
  for (std::size_t i = 0; i < folder.samples.size(); ++i) {
    const Sample& sample = folder.samples[i];
    text += concat(io::csv_field(sample.path), ',',
                   io::csv_field(folder.classes[static_cast<std::size_t>(sample.label)]), ',',
                   part_of[i] == Part::all ? "dropped" : to_string(part_of[i]), ',',
                   audit.files[i].group, '\n');
  }
  io::write_file(path, text);
}

}  // namespace osteon::data
