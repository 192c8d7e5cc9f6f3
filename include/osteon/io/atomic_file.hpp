// Files that are either written whole or not at all: a full disk or a crash loses nothing.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace osteon::io {

namespace detail {

/// "what PATH: reason; what to do about it" for an errno value.
std::string describe_errno(std::string_view what, const std::filesystem::path& path, int error);

}  // namespace detail

/// A temporary name beside `path` that becomes `path` on commit(). Whoever writes the temporary
/// (this program or another one), it is removed if commit() is not reached.
class PendingFile {
 public:
  /// Follows a symbolic link, so that the link stays and its target is replaced. Throws Error if
  /// the folder is missing or `path` is something other than a regular file.
  explicit PendingFile(std::filesystem::path path);
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile() {
    if (!committed_) ::unlink(temporary_.c_str());
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const std::filesystem::path& temporary() const { return temporary_; }

  /// Flushes the temporary to the disk and gives it the final name, replacing an earlier file.
  void commit();

 private:
  /// Makes the new name itself survive a power cut. Best effort: the data is already safe.
  void sync_folder() const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

/// A file being written. Nothing is seen under its name before commit(); without it, the
/// destructor removes what was written and an earlier file of that name stays as it was.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return pending_.path(); }
  [[nodiscard]] const std::filesystem::path& temporary() const { return pending_.temporary(); }

  /// Appends `bytes`. Throws Error with the path, the number of bytes and the reason.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Everything is on the disk, then under its name; or Error, and the earlier file is intact.
  void commit();

 private:
  PendingFile pending_;  // declared first, so that the temporary is closed before it is removed
  int descriptor_ = -1;
  std::size_t written_ = 0;
};

/// Writes a whole file atomically.
void write_file(const std::filesystem::path& path, std::string_view content);

/// Removes the temporaries that killed programs left in `folder`; those of programs that still run
/// stay. Best effort: what cannot be removed does no harm.
void remove_abandoned(const std::filesystem::path& folder);

/// Reads a whole file. Throws Error if it can't be opened or read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/atomic_file.ipp>
#endif
