// Definitions of atomic_file.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/atomic_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace osteon::io {

namespace detail {

OSTEON_INLINE std::string describe_errno(std::string_view what, const std::filesystem::path& path,
                                         int error) {
  std::string_view advice;
  switch (error) {
    case ENOSPC:
      advice = "; free some space on that disk or choose another folder";
      break;
    case EDQUOT:
      advice = "; your disk quota is used up: delete files or choose another folder";
      break;
    case EFBIG:
      advice = "; it exceeds the allowed file size (see ulimit -f)";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      advice = "; check the permissions or choose another folder";
      break;
    case ENOENT:
      advice = "; check the path";
      break;
    case ENOTDIR:
      advice = "; part of the path is a file, not a folder";
      break;
    default:
      break;
  }
  return concat(what, " ", path.string(), ": ", std::strerror(error), advice);
}

OSTEON_INLINE void sync_file(int descriptor, const std::filesystem::path& path) {
  // Pipes and some network file systems can't be synced and say EINVAL: nothing to wait for there.
  if (::fsync(descriptor) != 0 && errno != EINVAL) fail(describe_errno("cannot save", path, errno));
}

}  // namespace detail

OSTEON_INLINE PendingFile::PendingFile(std::filesystem::path path) : path_(std::move(path)) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_symlink(path_, ignored)) {
    const fs::path target = fs::weakly_canonical(path_, ignored);
    if (!target.empty()) path_ = target;
  }
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  require(path_.has_filename(), "cannot write ", path_.string(),
          ": it names a folder; add a file name");
  require(fs::is_directory(folder, ignored), "cannot write ", path_.string(),
          ": there is no folder ", folder.string(), "; create it first");
  require(!fs::exists(path_, ignored) || fs::is_regular_file(path_, ignored), "cannot write ",
          path_.string(), ": it exists and is not a regular file; choose another name");

  static std::atomic<unsigned> count{0};
  temporary_ = folder / concat(".", path_.filename().string(), ".", ::getpid(), ".",
                               count.fetch_add(1), ".tmp");
}

OSTEON_INLINE void PendingFile::commit() {
  const int descriptor = ::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(detail::describe_errno("cannot save", path_, errno));
  try {
    detail::sync_file(descriptor, path_);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  ::close(descriptor);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    fail(detail::describe_errno("cannot save", path_, errno));
  committed_ = true;
  sync_folder();
}

OSTEON_INLINE void PendingFile::sync_folder() const {
  const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)::fsync(descriptor);
  ::close(descriptor);
}

OSTEON_INLINE AtomicFile::AtomicFile(std::filesystem::path path) : pending_(std::move(path)) {
  descriptor_ =
      ::open(pending_.temporary().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(detail::describe_errno("cannot write", pending_.path(), errno));
}

OSTEON_INLINE void AtomicFile::write(std::span<const std::byte> bytes) {
  require(descriptor_ >= 0, "cannot write ", path().string(), ": it is already committed");
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;  // before anything else can change it
      fail(detail::describe_errno(
          concat("cannot write ", bytes.size(), " more bytes after ", written_, " to"), path(),
          error));
    }
    written_ += static_cast<std::size_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

OSTEON_INLINE void AtomicFile::commit() {
  require(descriptor_ >= 0, "cannot save ", path().string(), ": it is already committed");
  detail::sync_file(descriptor_, path());
  // Network file systems may report a full disk only here.
  if (::close(std::exchange(descriptor_, -1)) != 0)
    fail(detail::describe_errno("cannot save", path(), errno));
  pending_.commit();
}

OSTEON_INLINE void write_file(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

OSTEON_INLINE void remove_abandoned(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::vector<fs::path> abandoned;
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    // ".NAME.PROCESS.COUNT.tmp", as PendingFile names them.
    const fs::path name = entry->path().filename();
    if (!name.string().starts_with('.') || name.extension() != ".tmp") continue;
    const std::string process = name.stem().stem().extension().string();
    pid_t id = 0;
    const char* const last = process.data() + process.size();
    if (process.size() < 2 || std::from_chars(process.data() + 1, last, id).ptr != last || id <= 0)
      continue;
    if (::kill(id, 0) != 0 && errno == ESRCH) abandoned.push_back(entry->path());
  }
  for (const fs::path& path : abandoned) fs::remove(path, ignored);
}

OSTEON_INLINE std::string read_file(const std::filesystem::path& path) {
  struct Descriptor {
    int value;
    ~Descriptor() {
      if (value >= 0) ::close(value);
    }
  };
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) fail(detail::describe_errno("cannot read", path, errno));
  struct stat status {};
  if (::fstat(file.value, &status) != 0) fail(detail::describe_errno("cannot read", path, errno));
  require(!S_ISDIR(status.st_mode), "cannot read ", path.string(), ": it is a folder; give a file");

  // One byte more than its size, so that the end is seen without growing; some files say size 0.
  std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t size = 0;
  while (true) {
    if (size == content.size()) content.resize(2 * size);
    const ssize_t n = ::read(file.value, content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(detail::describe_errno("cannot read", path, errno));
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  content.resize(size);
  return content;
}

}  // namespace osteon::io
