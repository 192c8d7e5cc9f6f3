// From an audited folder to parts that share nothing: one copy of each picture, groups kept whole.
#pragma once

#include <osteon/data/audit.hpp>
#include <osteon/data/grouped_split.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/sample.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
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
[[nodiscard]] AuditedSplit audited_split(const ImageFolder& folder, const Audit& audit,
                                         const GroupedSplitOptions& options = {});

/// The samples that were kept, each with its new part, in the order of the folder. Given to
/// load_images, ImageDataset::indices(Part::train) and so on are the parts of the split.
[[nodiscard]] std::vector<Sample> split_samples(const ImageFolder& folder,
                                                const AuditedSplit& split);

/// Writes one line for each file of the folder, in its order: path relative to the root, class,
/// part (train, val, test or dropped) and group. Throws Error naming the file; an earlier one stays
/// then.
void write_split_csv(const std::filesystem::path& path, const ImageFolder& folder,
                     const Audit& audit, const AuditedSplit& split);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/audited_split.ipp>
#endif
