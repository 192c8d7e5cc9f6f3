// Pictures from files: decoded by content, never by suffix, with an honest word on their condition.
#pragma once

#include <osteon/data/image.hpp>
#include <osteon/data/image_format.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::data {

/// - intact: all of the picture is there (whatever may follow its end)
/// - truncated: the data ends before the picture does; what is there was decoded
/// - unreadable: it begins like a picture but nothing can be decoded
/// - not_an_image: it does not begin like any known picture
enum class Condition : std::uint8_t { intact, truncated, unreadable, not_an_image };

[[nodiscard]] constexpr std::string_view to_string(Condition condition) {
  constexpr std::string_view names[] = {"intact", "truncated", "unreadable", "not an image"};
  return names[static_cast<std::size_t>(condition)];
}

struct Decoded {
  Image rgb;  ///< three channels; empty when unreadable or not an image
  Condition condition = Condition::not_an_image;
  ImageFormat format = ImageFormat::unknown;
  std::string problem;  ///< why it is unreadable
};

/// Reads a whole file. Throws Error naming the file.
[[nodiscard]] std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path);

/// JPEG, PNG, GIF (its first frame) or BMP to RGB. Grey is repeated, alpha dropped, palettes looked
/// up, as Pillow's convert("RGB") does. A truncated picture is decoded as far as it goes: what
/// comes before the cut is true, what comes after it is grey (JPEG) or black.
[[nodiscard]] Decoded decode(Bytes bytes);

/// Reads and decodes a file. Throws Error if it cannot be read; what it holds is told by
/// `condition`.
[[nodiscard]] inline Decoded decode(const std::filesystem::path& path) {
  return decode(Bytes(read_bytes(path)));
}

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/decode.ipp>
#endif
