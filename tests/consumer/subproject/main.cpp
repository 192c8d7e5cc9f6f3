// Functions that headers only declare here.
#include <osteon/io/sha256.hpp>
#include <osteon/train/progress.hpp>

#include <cstdio>
#include <string>

int main() {
  const std::string digest = osteon::io::to_hex(osteon::io::sha256("abc"));
  std::printf("consumer: %s, %s\n", digest.c_str(), osteon::train::format_duration(187).c_str());
  return digest.starts_with("ba7816bf") ? 0 : 1;
}
