// Pictures from files: decoded by content, never by suffix, with an honest word on their condition.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/data/repair_jpeg.hpp>
#include <osteon/data/repair_png.hpp>
#include <osteon/data/stb_image.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
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
[[nodiscard]] inline std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  require(file.is_open(), "cannot open ", path.string(), ": check that it exists and is readable");
  const std::streamoff size = file.tellg();
  require(size >= 0, "cannot read ", path.string(), ": it has no size; is it a folder?");
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  require(file.gcount() == size, "cannot read ", path.string(), ": got ", file.gcount(), " of ",
          size, " bytes");
  return bytes;
}

/// JPEG, PNG, GIF (its first frame) or BMP to RGB. Grey is repeated, alpha dropped, palettes looked
/// up, as Pillow's convert("RGB") does. A truncated picture is decoded as far as it goes: what
/// comes before the cut is true, what comes after it is grey (JPEG) or black.
[[nodiscard]] inline Decoded decode(Bytes bytes) {
  Decoded result;
  result.format = image_format(bytes);
  if (result.format == ImageFormat::unknown) {
    result.problem = bytes.empty() ? "the file is empty" : "not a JPEG, PNG, GIF or BMP";
    return result;
  }
  const bool whole = image_end(bytes) != 0;
  if (whole) {
    result.rgb = detail::stb_decode(bytes, result.problem);
  } else if (result.format == ImageFormat::png) {
    result.rgb = detail::stb_decode(detail::repair_png(bytes), result.problem);
  } else if (result.format == ImageFormat::jpeg) {
    result.rgb = detail::decode_cut_jpeg(bytes, result.problem);
  } else {
    result.rgb = detail::stb_decode(bytes, result.problem);
  }
  if (result.rgb.empty()) {
    result.condition = Condition::unreadable;
    if (!whole) result.problem += " (the file is truncated)";
  } else {
    result.condition = whole ? Condition::intact : Condition::truncated;
    result.problem.clear();
  }
  return result;
}

/// Reads and decodes a file. Throws Error if it cannot be read; what it holds is told by
/// `condition`.
[[nodiscard]] inline Decoded decode(const std::filesystem::path& path) {
  return decode(Bytes(read_bytes(path)));
}

}  // namespace osteon::data
