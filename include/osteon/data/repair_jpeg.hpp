// A cut JPEG, decoded as far as it goes; what is missing is grey (as Pillow shows it).
#pragma once

#include <osteon/data/image.hpp>
#include <osteon/data/image_format.hpp>

#include <string>

namespace osteon::data::detail {

/// What stb_image makes of the cut data when it continues with `padding` and then ends.
[[nodiscard]] Image decode_padded_jpeg(Bytes bytes, Bytes padding, std::string& problem);

/// The blocks of pixels that are coded together, in baseline files; {0, 0} for other kinds, whose
/// scans each cover the whole picture.
struct JpegUnit {
  int width = 0;
  int height = 0;
};

[[nodiscard]] JpegUnit jpeg_unit(Bytes bytes);

/// True if at least half of the pixels in the unit at (left, top) differ. Fewer may: colours are
/// interpolated across the border of a unit.
[[nodiscard]] bool unit_differs(const Image& a, const Image& b, JpegUnit unit, int left, int top);

/// Decodes a JPEG without its end. The data is continued in two ways; from the first unit in which
/// the two pictures differ, nothing was there.
[[nodiscard]] Image decode_cut_jpeg(Bytes bytes, std::string& problem);

}  // namespace osteon::data::detail

#if !defined(OSTEON_COMPILED)
#include <osteon/data/repair_jpeg.ipp>
#endif
