// What a folder of images repeats: the same bytes, the same pixels, the same radiograph turned or
// saved again, the same source by name. Files that are tied by any of these form a group, and a
// split that keeps groups whole measures more than memory (data/grouped_split.hpp).
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/data/decode.hpp>
#include <osteon/data/disjoint_sets.hpp>
#include <osteon/data/fingerprint.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/near_repeats.hpp>
#include <osteon/data/source_name.hpp>
#include <osteon/data/workers.hpp>
#include <osteon/io/sha256.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace osteon::data {

/// What the audit found out about one file. `content`, `picture` and `source` are the position of
/// the first file in ImageFolder::samples that has the same one; a first file names itself.
struct AuditedFile {
  std::size_t content = 0;  ///< the same bytes
  std::size_t picture = 0;  ///< the same pixels, in whatever file format
  std::size_t source = 0;   ///< the same class and the same source_name
  std::size_t group = 0;    ///< 0, 1, ... in the order of the groups' first files
  Condition condition = Condition::intact;
  std::string problem;  ///< why it is unreadable

  /// Whether it can be decoded, all of it or in part.
  [[nodiscard]] bool readable() const {
    return condition == Condition::intact || condition == Condition::truncated;
  }
};

struct Audit {
  std::vector<AuditedFile> files;        ///< in the order of ImageFolder::samples
  std::vector<NearRepeat> near_repeats;  ///< between first files of different pictures, sorted
  std::vector<std::size_t> conflicting;  ///< pictures (first files) under more than one class
  std::size_t groups = 0;
};

struct AuditOptions {
  NearRepeatOptions near_repeats = {};
  int threads = 1;
  /// Called with (done, total) after each file, by one thread at a time.
  std::function<void(std::size_t, std::size_t)> progress = {};
};

namespace detail {

/// For each key the position of the first item that has it, by which repeats are recognised.
template <class Key>
[[nodiscard]] std::vector<std::size_t> first_positions(const std::vector<Key>& keys) {
  std::map<Key, std::size_t> first;
  std::vector<std::size_t> positions(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i)
    positions[i] = first.try_emplace(keys[i], i).first->second;
  return positions;
}

/// The digest of size and pixels.
[[nodiscard]] inline io::Digest pixel_digest(const Image& rgb) {
  std::array<std::uint8_t, 8> size;
  for (std::size_t i = 0; i < 4; ++i) {
    size[i] = static_cast<std::uint8_t>(rgb.width >> (8 * i));
    size[4 + i] = static_cast<std::uint8_t>(rgb.height >> (8 * i));
  }
  io::Sha256 hash;
  hash.update(size);
  hash.update(rgb.pixels);
  return hash.finish();
}

/// Bytes first, since reading is cheap; then each distinct content is decoded once.
class Auditor {
 public:
  Auditor(const ImageFolder& folder, const AuditOptions& options)
      : folder_(folder), options_(options), prints_(folder.samples.size()) {
    audit_.files.resize(folder.samples.size());
  }

  [[nodiscard]] Audit run() && {
    hash_files();
    decode_contents();
    name_sources();
    audit_.near_repeats = near_repeats(prints_, options_.near_repeats, options_.threads);
    find_conflicts();
    join_groups();
    return std::move(audit_);
  }

 private:
  [[nodiscard]] std::size_t size() const { return audit_.files.size(); }

  void hash_files() {
    // A file that cannot be read shares its content with no other: (digest, position + 1).
    std::vector<std::pair<io::Digest, std::size_t>> digests(size());
    parallel_for_each(size(), options_.threads, [&](std::size_t i) {
      try {
        digests[i].first = io::sha256(read_bytes(folder_.root / folder_.samples[i].path));
      } catch (const Error& error) {
        digests[i].second = i + 1;
        audit_.files[i].condition = Condition::unreadable;
        audit_.files[i].problem = error.what();
      }
    });
    const auto first = first_positions(digests);
    for (std::size_t i = 0; i < size(); ++i) audit_.files[i].content = first[i];
  }

  void decode_contents() {
    std::vector<std::pair<io::Digest, std::size_t>> digests(size());
    std::mutex progress_mutex;
    std::size_t done = 0;
    parallel_for_each(size(), options_.threads, [&](std::size_t i) {
      AuditedFile& file = audit_.files[i];
      if (file.content == i && file.readable()) {
        try {
          Decoded decoded = decode(folder_.root / folder_.samples[i].path);
          file.condition = decoded.condition;
          file.problem = std::move(decoded.problem);
          if (!decoded.rgb.empty()) {
            digests[i].first = pixel_digest(decoded.rgb);
            prints_[i] = fingerprint(decoded.rgb);
          }
        } catch (const Error& error) {  // it was there when it was hashed
          file.condition = Condition::unreadable;
          file.problem = error.what();
        }
      }
      if (options_.progress) {
        const std::lock_guard lock(progress_mutex);
        options_.progress(++done, size());
      }
    });
    for (std::size_t i = 0; i < size(); ++i) {
      AuditedFile& file = audit_.files[i];
      const AuditedFile& first = audit_.files[file.content];
      file.condition = first.condition;
      file.problem = first.problem;
      digests[i] = digests[file.content];
      if (!file.readable()) digests[i].second = file.content + 1;
    }
    const auto first = first_positions(digests);
    for (std::size_t i = 0; i < size(); ++i) {
      audit_.files[i].picture = first[i];
      if (first[i] != i) prints_[i].reset();
    }
  }

  void name_sources() {
    std::vector<std::pair<int, std::string>> names(size());
    for (std::size_t i = 0; i < size(); ++i)
      names[i] = {folder_.samples[i].label, source_name(folder_.samples[i].path)};
    const auto first = first_positions(names);
    for (std::size_t i = 0; i < size(); ++i) audit_.files[i].source = first[i];
  }

  void find_conflicts() {
    std::set<std::size_t> conflicting;
    for (std::size_t i = 0; i < size(); ++i) {
      const AuditedFile& file = audit_.files[i];
      if (file.readable() && folder_.samples[i].label != folder_.samples[file.picture].label)
        conflicting.insert(file.picture);
    }
    audit_.conflicting.assign(conflicting.begin(), conflicting.end());
  }

  void join_groups() {
    DisjointSets sets(size());
    for (std::size_t i = 0; i < size(); ++i) {
      const AuditedFile& file = audit_.files[i];
      if (!file.readable()) continue;  // empty files tie nothing together
      sets.join(i, file.picture);
      // The source's first file may be unreadable; it still stands for the name.
      sets.join(i, file.source);
    }
    for (const NearRepeat& pair : audit_.near_repeats) sets.join(pair.first, pair.second);
    const auto groups = sets.numbered();
    for (std::size_t i = 0; i < size(); ++i) {
      audit_.files[i].group = groups[i];
      audit_.groups = std::max(audit_.groups, groups[i] + 1);
    }
  }

  const ImageFolder& folder_;
  const AuditOptions& options_;
  std::vector<std::optional<Fingerprint>> prints_;
  Audit audit_;
};

}  // namespace detail

/// Reads every file of `folder`, decodes each distinct content once and compares the pictures. A
/// file that cannot be read or decoded is no error: it is named in the result. The result does not
/// depend on the number of threads. Time and memory: that of decoding, 11 KB for each distinct
/// picture, and near_repeats' scan.
[[nodiscard]] inline Audit audit(const ImageFolder& folder, const AuditOptions& options = {}) {
  return detail::Auditor(folder, options).run();
}

/// How many different ones there are: count_distinct(audit, &AuditedFile::content).
[[nodiscard]] inline std::size_t count_distinct(const Audit& audit,
                                                std::size_t AuditedFile::*what) {
  std::set<std::size_t> values;
  for (const AuditedFile& file : audit.files) values.insert(file.*what);
  return values.size();
}

/// Of the files of a class in `part`, those whose `what` also stands in the part `other`:
/// count_shared(folder, audit, Part::val, 0, Part::train, &AuditedFile::content).
[[nodiscard]] inline std::size_t count_shared(const ImageFolder& folder, const Audit& audit,
                                              Part part, int label, Part other,
                                              std::size_t AuditedFile::*what) {
  std::set<std::size_t> there;
  for (std::size_t i = 0; i < audit.files.size(); ++i)
    if (folder.samples[i].part == other) there.insert(audit.files[i].*what);
  std::size_t shared = 0;
  for (std::size_t i = 0; i < audit.files.size(); ++i)
    if (folder.samples[i].part == part && folder.samples[i].label == label)
      shared += there.count(audit.files[i].*what);
  return shared;
}

}  // namespace osteon::data
