#include <osteon/io/atomic_file.hpp>
#include <osteon/io/gnuplot.hpp>

#include "file_size_limit.hpp"
#include "temporary_folder.hpp"
#include <doctest/doctest.h>

#include <cstdlib>

using namespace osteon;
using osteon::test::error_of;
using osteon::test::TemporaryFolder;

namespace {

/// While it lives, the variable PATH is `value`.
class SearchPath {
 public:
  explicit SearchPath(const char* value) : before_(std::getenv("PATH")) {
    ::setenv("PATH", value, 1);
  }
  SearchPath(const SearchPath&) = delete;
  ~SearchPath() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

/// The big-endian number at `offset`.
int number_at(const std::string& bytes, std::size_t offset) {
  int value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes.at(offset + i));
  return value;
}

}  // namespace

TEST_CASE("a script becomes a picture of the size asked for") {
  const TemporaryFolder folder;
  const auto path = folder / "it's a plot.png";
  io::render_png(path, "plot sin(x)", {.width = 320, .height = 200});
  const std::string png = io::read_file(path);
  CHECK(number_at(png, 16) == 320);
  CHECK(number_at(png, 20) == 200);
  CHECK(folder.names() == std::vector<std::string>{"it's a plot.png"});
}

TEST_CASE("a bad script gives gnuplot's own words and keeps the earlier picture") {
  const TemporaryFolder folder;
  io::write_file(folder / "x.png", "earlier");
  const std::string message =
      error_of([&] { io::render_png(folder / "x.png", "plot sin(x)\nplot nonsense(x)"); });
  CHECK(message.starts_with("cannot plot " + (folder / "x.png").string() +
                            ": gnuplot failed with status 1: "));
  CHECK(message.find("undefined function: nonsense") != std::string::npos);
  CHECK(error_of([&] {
          io::render_png(folder / "x.png", "# draws nothing");
        }).find("no complete picture") != std::string::npos);
  CHECK(io::read_file(folder / "x.png") == "earlier");
  CHECK(folder.names() == std::vector<std::string>{"x.png"});
}

TEST_CASE("a picture that a full disk cuts short is not kept") {
  const TemporaryFolder folder;
  io::write_file(folder / "x.png", "earlier");
  std::string message;
  {
    const osteon::test::FileSizeLimit limit(2000);  // the script fits, the picture doesn't
    message = error_of([&] { io::render_png(folder / "x.png", "plot sin(x)"); });
  }
  CHECK(message.starts_with("cannot plot " + (folder / "x.png").string()));
  CHECK(io::read_file(folder / "x.png") == "earlier");
  CHECK(folder.names() == std::vector<std::string>{"x.png"});
}

TEST_CASE("without gnuplot the error names the package") {
  const TemporaryFolder folder;
  io::write_file(folder / "x.png", "earlier");
  {
    const SearchPath nowhere("/nonexistent");
    CHECK(error_of([&] { io::render_png(folder / "x.png", "plot sin(x)"); }) ==
          "cannot plot: the program gnuplot was not found; install it (Debian, Ubuntu: apt-get "
          "install gnuplot-nox)");
  }
  CHECK(io::read_file(folder / "x.png") == "earlier");
  CHECK(folder.names() == std::vector<std::string>{"x.png"});
}

TEST_CASE("text is quoted so that nothing in it is a command") {
  CHECK(io::gnuplot_string("it's\na `date` \"$x\\") == "\"it's a \\140date\\140 \\042$x\\134\"");
  const TemporaryFolder folder;
  const std::string y = (folder / "y").string();
  const std::string label = io::gnuplot_string("\"; set output '" + y + "' \\`touch " + y + "`\\");
  io::render_png(folder / "x.png", "set title " + label + " noenhanced\nplot sin(x)");
  CHECK(folder.names() == std::vector<std::string>{"x.png"});
}
