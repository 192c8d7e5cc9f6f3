// Definitions of decode.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/decode.hpp>
#include <osteon/data/repair_jpeg.hpp>
#include <osteon/data/repair_png.hpp>
#include <osteon/data/stb_image.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

namespace osteon::data {

OSTEON_INLINE std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) {
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

OSTEON_INLINE Decoded decode(Bytes bytes) {
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

}  // namespace osteon::data
