// The images that a run reads, and which of them it trains, validates and tests on.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/data/dataset.hpp>

#include "options.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace fracture {

/// What the audit found in all files of the folder.
struct AuditFacts {
  std::size_t files = 0;
  std::size_t exact_duplicates = 0;  // copies of an earlier file, byte for byte
  std::size_t groups = 0;
  // Of the published parts: copies of a file in train/.
  std::size_t val_files_also_in_train = 0;
  std::size_t test_files_also_in_train = 0;
};

struct Images {
  osteon::data::ImageDataset dataset;
  std::vector<std::size_t> train;
  std::vector<std::size_t> val;
  std::vector<std::size_t> test;  // empty where there is no test part
  std::string source;             // for the report
  osteon::data::LoadReport report;
  std::size_t stray = 0;
  /// Of each image of the dataset: what belongs together (copies, turned copies, one source), for
  /// intervals that do not count the same radiograph many times.
  std::vector<int> groups;
  AuditFacts audit;

  /// The groups of a part.
  [[nodiscard]] std::vector<int> groups_of(const std::vector<std::size_t>& part) const;
};

/// Reads DIR, splits it as the options say and writes split.csv.
Images load_folder(const Options& options);
/// The parts of what was loaded: a split of all of it (notebook), or each image's own part.
void split_by_part(Images& images, const Options& options);
/// What the audit says of the split, with a warning where it leaks; empty without an audit.
std::string audit_text(const Images& images, const Options& options);

/// The changes that --augment stands for; empty for none.
std::function<void(std::span<std::uint8_t>, int, osteon::Random&)> augmentation(
    const Options& options);

/// Creates options.out.
void make_out_folder(const Options& options);

/// Reads the folder, or draws the synthetic set. Throws osteon::Error on what cannot be used.
Images load(const Options& options);

}  // namespace fracture
