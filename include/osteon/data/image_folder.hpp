// The folder layout of a classification data set: DIR/{train,val,test}/CLASS/* or DIR/CLASS/*.
#pragma once

#include <osteon/data/sample.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace osteon::data {

/// What read_image_folder found.
struct ImageFolder {
  std::filesystem::path root;
  std::vector<std::string> classes;  ///< sorted by name: the order of the labels
  std::vector<Sample> samples;       ///< sorted by part, class, then file name (bytewise)
  std::vector<std::string> stray;    ///< files in the class folders that are no images
  /// Images beside the class folders or beside the parts: what they show nobody says.
  std::vector<std::string> unlabelled;

  [[nodiscard]] bool has(Part part) const;
  /// Samples of a class in a part.
  [[nodiscard]] std::size_t count(Part part, int label) const;
};

namespace detail {

namespace fs = std::filesystem;

[[nodiscard]] bool has_image_suffix(const fs::path& path);

}  // namespace detail

/// The image files of a folder and its sub-folders, whatever those are called, sorted bytewise;
/// what is stray to read_image_folder() is left out here too. Throws Error if a folder cannot be
/// listed.
[[nodiscard]] std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder);

/// Lists a data set; no image is decoded. With a folder train, val or test directly in `root` those
/// are the parts, otherwise each folder is a class. Files that have neither an image's suffix nor
/// an image's first bytes (desktop.ini, Thumbs.db, hidden files) are stray: listed and left out. So
/// are images that lie in no class folder, or in other folders beside the parts.
/// Throws Error on: nothing at `root`, a file there, no images, one class only, an empty class, or
/// parts whose classes differ.
[[nodiscard]] ImageFolder read_image_folder(const std::filesystem::path& root);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/image_folder.ipp>
#endif
