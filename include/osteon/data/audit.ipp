// Definitions of audit.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/audit.hpp>
#include <osteon/data/disjoint_sets.hpp>
#include <osteon/data/source_name.hpp>
#include <osteon/data/workers.hpp>
#include <osteon/io/sha256.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace osteon::data {

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
OSTEON_INLINE io::Digest pixel_digest(const Image& rgb) {
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

OSTEON_INLINE Auditor::Auditor(const ImageFolder& folder, const AuditOptions& options)
    : folder_(folder), options_(options), prints_(folder.samples.size()) {
  audit_.files.resize(folder.samples.size());
}

OSTEON_INLINE Audit Auditor::run() && {
  hash_files();
  decode_contents();
  name_sources();
  audit_.near_repeats = near_repeats(prints_, options_.near_repeats, options_.threads);
  find_conflicts();
  join_groups();
  return std::move(audit_);
}

OSTEON_INLINE void Auditor::hash_files() {
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

OSTEON_INLINE void Auditor::decode_contents() {
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

OSTEON_INLINE void Auditor::name_sources() {
  std::vector<std::pair<int, std::string>> names(size());
  for (std::size_t i = 0; i < size(); ++i)
    names[i] = {folder_.samples[i].label, source_name(folder_.samples[i].path)};
  const auto first = first_positions(names);
  for (std::size_t i = 0; i < size(); ++i) audit_.files[i].source = first[i];
}

OSTEON_INLINE void Auditor::find_conflicts() {
  std::set<std::size_t> conflicting;
  for (std::size_t i = 0; i < size(); ++i) {
    const AuditedFile& file = audit_.files[i];
    if (file.readable() && folder_.samples[i].label != folder_.samples[file.picture].label)
      conflicting.insert(file.picture);
  }
  audit_.conflicting.assign(conflicting.begin(), conflicting.end());
}

OSTEON_INLINE void Auditor::join_groups() {
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

}  // namespace detail

OSTEON_INLINE std::size_t count_distinct(const Audit& audit, std::size_t AuditedFile::*what) {
  std::set<std::size_t> values;
  for (const AuditedFile& file : audit.files) values.insert(file.*what);
  return values.size();
}

OSTEON_INLINE std::size_t count_shared(const ImageFolder& folder, const Audit& audit, Part part,
                                       int label, Part other, std::size_t AuditedFile::*what) {
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
