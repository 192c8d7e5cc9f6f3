#include <osteon/io/html.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using namespace osteon;

namespace {

std::string base64_of(std::string_view text) {
  return io::base64(std::vector<std::uint8_t>(text.begin(), text.end()));
}

}  // namespace

TEST_CASE("base64: RFC 4648's test vectors") {
  CHECK(base64_of("") == "");
  CHECK(base64_of("f") == "Zg==");
  CHECK(base64_of("fo") == "Zm8=");
  CHECK(base64_of("foo") == "Zm9v");
  CHECK(base64_of("foob") == "Zm9vYg==");
  CHECK(base64_of("fooba") == "Zm9vYmE=");
  CHECK(base64_of("foobar") == "Zm9vYmFy");
  CHECK(base64_of("\xFB\xFF\xFE") == "+//+");
}

TEST_CASE("html_escape leaves no markup") {
  CHECK(io::html_escape("a<b> & \"c\" 'd'") == "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  CHECK(io::html_escape("Röntgen 7.png") == "Röntgen 7.png");
}

TEST_CASE("to_fixed") {
  CHECK(io::to_fixed(-0.125, 2) == "-0.12");
  CHECK(io::to_fixed(3, 0) == "3");
  CHECK(io::to_fixed(std::numeric_limits<double>::max(), 1).size() == 311);
}

TEST_CASE("html_page escapes the title and keeps the rest") {
  const std::string page = io::html_page("<script>", "p { margin: 1px }", "<p>text</p>");
  CHECK(page.starts_with("<!DOCTYPE html>\n"));
  CHECK(page.find("<title>&lt;script&gt;</title>") != std::string::npos);
  CHECK(page.find("p { margin: 1px }</style>") != std::string::npos);
  CHECK(page.find("<body>\n<p>text</p></body></html>\n") != std::string::npos);
}
