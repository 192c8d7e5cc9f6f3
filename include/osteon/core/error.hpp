// Errors. Every failure says what was wrong, where, and what to do about it.
#pragma once

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace osteon {

/// What Osteon throws. `what()` is one readable message: what was read, where, what was expected,
/// what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

inline void append_text(std::string& out, std::string_view text) { out += text; }
inline void append_text(std::string& out, char c) { out += c; }
template <std::integral T>
void append_text(std::string& out, T value) {
  out += std::to_string(value);
}
template <std::floating_point T>
void append_text(std::string& out, T value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", static_cast<double>(value));
  out += buffer;
}

}  // namespace detail

/// Concatenates strings, characters and numbers: concat("layer ", 3, ": ", 0.5) == "layer 3: 0.5".
template <class... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::string out;
  (detail::append_text(out, parts), ...);
  return out;
}

/// Throws Error with the concatenated message. Built with -fno-exceptions it prints the message to
/// stderr and aborts.
template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
#if defined(__cpp_exceptions)
  throw Error(concat(parts...));
#else
  std::fprintf(stderr, "osteon: %s\n", concat(parts...).c_str());
  std::abort();
#endif
}

/// fail(parts...) unless `condition` holds. The parts are only concatenated on failure.
template <class... Parts>
void require(bool condition, const Parts&... parts) {
  if (!condition) [[unlikely]]
    fail(parts...);
}

}  // namespace osteon
