#include <osteon/io/atomic_file.hpp>

#include "file_size_limit.hpp"
#include "temporary_folder.hpp"
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

using namespace osteon;
using osteon::test::error_of;
using osteon::test::FileSizeLimit;
using osteon::test::TemporaryFolder;

TEST_CASE("what is written is read back, zero bytes included") {
  const TemporaryFolder folder;
  const std::string content("a\0b\nc", 5);
  io::write_file(folder / "x.bin", content);
  CHECK(io::read_file(folder / "x.bin") == content);
  io::write_file(folder / "x.bin", "");
  CHECK(io::read_file(folder / "x.bin").empty());
  CHECK(folder.names() == std::vector<std::string>{"x.bin"});
}

TEST_CASE("nothing is seen before commit, nothing is left without it") {
  const TemporaryFolder folder;
  io::write_file(folder / "x", "earlier");
  {
    io::AtomicFile file(folder / "x");
    file.write("half of it");
    CHECK(folder.names().size() == 2);
    CHECK(io::read_file(folder / "x") == "earlier");
  }
  CHECK(folder.names() == std::vector<std::string>{"x"});
  CHECK(io::read_file(folder / "x") == "earlier");
}

TEST_CASE("two writers of one file don't disturb each other") {
  const TemporaryFolder folder;
  io::AtomicFile a(folder / "x"), b(folder / "x");
  a.write("a");
  b.write("b");
  a.commit();
  b.commit();
  CHECK(io::read_file(folder / "x") == "b");
  CHECK(error_of([&] { b.write("more"); }).find("already committed") != std::string::npos);
}

TEST_CASE("a full disk gives one message and keeps the earlier file") {
  const TemporaryFolder folder;
  io::write_file(folder / "x", "earlier");
  std::string message;
  {
    const FileSizeLimit limit(1000);
    message = error_of([&] { io::write_file(folder / "x", std::string(5000, 'x')); });
  }
  CHECK(message == "cannot write 4000 more bytes after 1000 to " + (folder / "x").string() +
                       ": File too large; it exceeds the allowed file size (see ulimit -f)");
  CHECK(folder.names() == std::vector<std::string>{"x"});
  CHECK(io::read_file(folder / "x") == "earlier");
}

TEST_CASE("errors say what to do") {
  using io::detail::describe_errno;
  CHECK(describe_errno("cannot write", "/x", ENOSPC) ==
        "cannot write /x: No space left on device; free some space on that disk or choose another "
        "folder");
  CHECK(describe_errno("cannot write", "/x", EDQUOT).find("quota") != std::string::npos);

  const TemporaryFolder folder;
  CHECK(error_of([&] { io::write_file(folder / "none" / "x", ""); }).find("create it first") !=
        std::string::npos);
  CHECK(error_of([&] { io::write_file(folder / "", ""); }).find("add a file name") !=
        std::string::npos);
  CHECK(error_of([&] { io::write_file("/dev/null", ""); }).find("not a regular file") !=
        std::string::npos);
  CHECK(error_of([&] { (void)io::read_file(folder / "none"); }) ==
        "cannot read " + (folder / "none").string() +
            ": No such file or directory; check the path");
  CHECK(error_of([&] { (void)io::read_file(folder / "."); }).find("it is a folder") !=
        std::string::npos);
}

TEST_CASE("a symbolic link stays a link and its target is replaced") {
  const TemporaryFolder folder;
  io::write_file(folder / "target", "earlier");
  std::filesystem::create_symlink("target", folder / "link");
  io::write_file(folder / "link", "later");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(io::read_file(folder / "target") == "later");
}

TEST_CASE("a file that another program writes is renamed on commit, removed otherwise") {
  const TemporaryFolder folder;
  {
    io::PendingFile pending(folder / "x");
    std::ofstream(pending.temporary()) << "content";
    pending.commit();
  }
  CHECK(io::read_file(folder / "x") == "content");
  { std::ofstream(io::PendingFile(folder / "x").temporary()) << "never"; }
  {
    io::PendingFile pending(folder / "x");
    CHECK_THROWS_AS(pending.commit(), Error);  // nobody wrote the temporary
  }
  CHECK(io::read_file(folder / "x") == "content");
}

TEST_CASE("temporaries of programs that are gone are removed, all other files stay") {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(child > 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);  // its number now names no process
  const std::vector<std::string> kept{concat(".model.bin.", ::getpid(), ".0.tmp"), ".x.0.tmp",
                                      ".tmp", concat("model.bin.", child, ".0.tmp")};
  for (const std::string& name : kept) std::ofstream(folder / name) << "content";
  std::ofstream(folder / concat(".model.bin.", child, ".0.tmp")) << "a part";
  io::remove_abandoned(folder / "");
  CHECK(folder.names().size() == kept.size());
  for (const std::string& name : kept) CHECK(std::filesystem::exists(folder / name));
  io::remove_abandoned(folder / "nowhere");
}
