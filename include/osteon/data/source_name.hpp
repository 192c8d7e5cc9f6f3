// What the name of a file says about the picture that it was made from.
#pragma once

#include <filesystem>
#include <string>

namespace osteon::data {

/// The file name without folders, without an image's suffix and without what programs append to the
/// name of a copy, repeatedly: `-rotatedN`, ` (N)` and ` - Copy`. "train/a/7-rotated1-rotated2 -
/// Copy (1).jpg" gives "7". A name is never reduced to nothing. A number in brackets without a
/// blank before it stays: that is how programs tell apart different pictures that came under one
/// name (in the Kaggle radiographs 4,442 of 4,455 names " (N)" are of the picture of the bare name,
/// but none of the 30 without the blank).
[[nodiscard]] std::string source_name(const std::filesystem::path& path);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/source_name.ipp>
#endif
