// From an audited folder to parts that share nothing: one copy of each picture, groups kept whole.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/data/audit.hpp>
#include <osteon/data/grouped_split.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/io/atomic_file.hpp>
#include <osteon/io/csv.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::data {

/// Why a file is in no part.
/// - repeat: an earlier file has the same pixels
/// - conflicting: the same pixels stand under another class too; which label is right is unknown
/// - unreadable: it cannot be decoded
enum class DropReason : std::uint8_t { repeat, conflicting, unreadable };

[[nodiscard]] constexpr std::string_view to_string(DropReason reason) {
  constexpr std::string_view names[] = {"repeat", "conflicting", "unreadable"};
  return names[static_cast<std::size_t>(reason)];
}

struct DroppedSample {
  std::size_t sample = 0;
  DropReason reason = DropReason::repeat;

  bool operator==(const DroppedSample&) const = default;
};

/// Every file of the folder, once: in a part or dropped. Positions in ImageFolder::samples,
/// ascending.
struct AuditedSplit {
  GroupedSplit parts;
  std::vector<DroppedSample> dropped;
};

/// Splits what is left of the folder once repeats, conflicting labels and unreadable files are
/// dropped, whatever part each file was published in. Of repeats the first file stays. Throws Error
/// as grouped_split does.
[[nodiscard]] inline AuditedSplit audited_split(const ImageFolder& folder, const Audit& audit,
                                                const GroupedSplitOptions& options = {}) {
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
[[nodiscard]] inline std::vector<Part> new_parts(const ImageFolder& folder,
                                                 const AuditedSplit& split) {
  std::vector<Part> part_of(folder.samples.size(), Part::all);
  for (const std::size_t i : split.parts.train) part_of[i] = Part::train;
  for (const std::size_t i : split.parts.val) part_of[i] = Part::val;
  for (const std::size_t i : split.parts.test) part_of[i] = Part::test;
  return part_of;
}

}  // namespace detail

/// The samples that were kept, each with its new part, in the order of the folder. Given to
/// load_images, ImageDataset::indices(Part::train) and so on are the parts of the split.
[[nodiscard]] inline std::vector<Sample> split_samples(const ImageFolder& folder,
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

/// Writes one line for each file of the folder, in its order: path relative to the root, class,
/// part (train, val, test or dropped) and group. Throws Error naming the file; an earlier one stays
/// then.
inline void write_split_csv(const std::filesystem::path& path, const ImageFolder& folder,
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
