// Definitions of gnuplot.hpp, and the only file that knows the program.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/atomic_file.hpp>
#include <osteon/io/gnuplot.hpp>

#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace osteon::io {

OSTEON_INLINE std::string gnuplot_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {  // escaped in octal: a backquote would run a program
      case '"':
        quoted += "\\042";
        break;
      case '\\':
        quoted += "\\134";
        break;
      case '`':
        quoted += "\\140";
        break;
      default:
        quoted += static_cast<unsigned char>(c) < 32 ? ' ' : c;
    }
  }
  return quoted + '"';
}

namespace detail {

/// A file without a name that is gone when closed: gnuplot's input and what it complains.
/// Unlike pipes, two of them can't block each other, and nobody gets SIGPIPE.
class ScratchFile {
 public:
  ScratchFile() : file_(std::tmpfile(), &std::fclose) {
    if (file_ == nullptr)
      fail("cannot plot: no temporary file (", std::strerror(errno), "); free some space in /tmp");
  }

  [[nodiscard]] int descriptor() const { return ::fileno(file_.get()); }
  void write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() ||
        std::fflush(file_.get()) != 0)
      fail("cannot plot: writing ", text.size(), " bytes to a temporary file failed (",
           std::strerror(errno), "); free some space in /tmp");
  }
  void rewind() { std::rewind(file_.get()); }
  [[nodiscard]] std::string read() {
    rewind();
    std::string text;
    std::array<char, 4096> part;
    while (const std::size_t n = std::fread(part.data(), 1, part.size(), file_.get()))
      text.append(part.data(), n);
    return text;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

/// Runs gnuplot, found on PATH, on `script`. Returns its exit status and what it wrote to stderr.
OSTEON_INLINE std::pair<int, std::string> run_gnuplot(std::string_view script) {
  ScratchFile input, output;
  input.write(script);
  input.rewind();

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.descriptor(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.descriptor(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.descriptor(), STDERR_FILENO);
  // In a process group of its own, it survives the Ctrl-C that asks the training to stop.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);

  std::string program = "gnuplot";
  std::string no_user_settings = "-d";
  std::array<char*, 3> arguments{program.data(), no_user_settings.data(), nullptr};
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT)
    fail(
        "cannot plot: the program gnuplot was not found; install it (Debian, Ubuntu: apt-get "
        "install gnuplot-nox)");
  require(error == 0, "cannot plot: gnuplot can't be started: ", std::strerror(error));

  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("cannot plot: waiting for gnuplot failed: ", std::strerror(errno));
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output.read()};
}

/// Whether a PNG is there from its signature to its last chunk.
OSTEON_INLINE bool is_whole_png(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const std::string content = read_file(path);
  return content.starts_with("\x89PNG\r\n\x1a\n") && content.ends_with("IEND\xae\x42\x60\x82");
}

/// gnuplot's complaint without the empty lines, markers and quoted source around it.
OSTEON_INLINE std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.find_last_of('\n') + 1);
}

}  // namespace detail

OSTEON_INLINE void check_gnuplot() {
  const auto [status, complaint] = detail::run_gnuplot("set terminal pngcairo\n");
  require(status == 0, "cannot plot: gnuplot has no pngcairo terminal (",
          detail::last_line(complaint),
          "); install it (Debian, Ubuntu: apt-get install gnuplot-nox)");
}

OSTEON_INLINE void render_png(const std::filesystem::path& path, std::string_view script,
                              const PngOptions& options) {
  PendingFile picture(path);
  std::string whole =
      concat("set encoding utf8\nset terminal pngcairo size ", options.width, ',', options.height,
             " font 'Sans,", options.font_size, "' background '#ffffff' linewidth 1.5\nset output ",
             gnuplot_string(picture.temporary().string()), '\n');
  whole += script;
  whole += "\nunset output\n";
  const auto [status, complaint] = detail::run_gnuplot(whole);
  require(status == 0, "cannot plot ", path.string(), ": gnuplot failed with status ", status, ": ",
          detail::last_line(complaint));
  require(detail::is_whole_png(picture.temporary()), "cannot plot ", path.string(),
          ": gnuplot left no complete picture (", detail::last_line(complaint),
          "); is the disk full?");
  picture.commit();
}

}  // namespace osteon::io
