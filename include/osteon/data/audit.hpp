// What a folder of images repeats: the same bytes, the same pixels, the same radiograph turned or
// saved again, the same source by name. Files that are tied by any of these form a group, and a
// split that keeps groups whole measures more than memory (data/grouped_split.hpp).
#pragma once

#include <osteon/data/decode.hpp>
#include <osteon/data/fingerprint.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/near_repeats.hpp>
#include <osteon/data/sample.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
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

/// Bytes first, since reading is cheap; then each distinct content is decoded once.
class Auditor {
 public:
  Auditor(const ImageFolder& folder, const AuditOptions& options);
  [[nodiscard]] Audit run() &&;

 private:
  [[nodiscard]] std::size_t size() const { return audit_.files.size(); }

  void hash_files();
  void decode_contents();
  void name_sources();
  void find_conflicts();
  void join_groups();

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
[[nodiscard]] std::size_t count_distinct(const Audit& audit, std::size_t AuditedFile::*what);

/// Of the files of a class in `part`, those whose `what` also stands in the part `other`:
/// count_shared(folder, audit, Part::val, 0, Part::train, &AuditedFile::content).
[[nodiscard]] std::size_t count_shared(const ImageFolder& folder, const Audit& audit, Part part,
                                       int label, Part other, std::size_t AuditedFile::*what);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/audit.ipp>
#endif
