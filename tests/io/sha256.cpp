#include <osteon/io/sha256.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace osteon::io;

namespace {

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("the examples of FIPS 180-4") {
  const auto hex = [](std::string_view text) {
    CHECK(sha256(text) == sha256(bytes(text)));
    return to_hex(sha256(text));
  };
  CHECK(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("pieces of any size give the digest of the whole, at every length of the last block") {
  for (std::size_t length = 0; length <= 130; ++length) {
    std::vector<std::uint8_t> text(length);
    for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<std::uint8_t>(37 * i);
    Sha256 hash;
    for (std::size_t at = 0, step = 1; at < length; at += step, step = step % 7 + 1)
      hash.update(std::span(text).subspan(at, std::min(step, length - at)));
    CHECK(hash.finish() == sha256(text));
  }
}
