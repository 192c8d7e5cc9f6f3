// Definitions of image_folder.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/image_format.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace osteon::data {

OSTEON_INLINE bool ImageFolder::has(Part part) const {
  return std::any_of(samples.begin(), samples.end(),
                     [part](const Sample& s) { return s.part == part; });
}

OSTEON_INLINE std::size_t ImageFolder::count(Part part, int label) const {
  return static_cast<std::size_t>(std::count_if(
      samples.begin(), samples.end(), [&](auto& s) { return s.part == part && s.label == label; }));
}

namespace detail {

OSTEON_INLINE bool has_image_suffix(const fs::path& path) {
  constexpr std::string_view suffixes[] = {".jpg", ".jpeg", ".jfif", ".png", ".gif", ".bmp",
                                           ".tif", ".tiff", ".webp", ".ppm", ".pgm"};
  std::string suffix = path.extension().string();
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::find(std::begin(suffixes), std::end(suffixes), suffix) != std::end(suffixes);
}

/// An image by suffix or by content. Hidden files (.DS_Store, the ._ files of macOS) never are.
OSTEON_INLINE bool is_image_file(const fs::path& path) {
  if (path.filename().string().starts_with('.')) return false;
  if (has_image_suffix(path)) return true;
  std::array<std::uint8_t, 32> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), head.size());
  return image_format(Bytes(head.data(), static_cast<std::size_t>(file.gcount()))) !=
         ImageFormat::unknown;
}

/// Entries of a folder, sorted bytewise by name.
OSTEON_INLINE std::vector<fs::path> list_folder(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    entries.push_back(it->path());
  require(!error, "cannot list the folder ", folder.string(), ": ", error.message());
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return entries;
}

/// Names of the class folders; hidden ones and what macOS leaves in zip files are not classes.
OSTEON_INLINE std::vector<std::string> class_folders(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& entry : list_folder(folder)) {
    const std::string name = entry.filename().string();
    if (fs::is_directory(entry) && !name.starts_with('.') && name != "__MACOSX")
      names.push_back(name);
  }
  return names;
}

OSTEON_INLINE std::string quoted_list(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += concat(text.empty() ? "" : ", ", '"', name, '"');
  return text.empty() ? "none" : text;
}

}  // namespace detail

OSTEON_INLINE std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> images;
  for (const std::filesystem::path& entry : detail::list_folder(folder)) {
    if (std::filesystem::is_directory(entry)) {
      const auto below = list_images(entry);
      images.insert(images.end(), below.begin(), below.end());
    } else if (detail::is_image_file(entry)) {
      images.push_back(entry);
    }
  }
  return images;
}

namespace detail {

/// Adds the files of one class folder, those of its sub-folders too.
OSTEON_INLINE void add_class(ImageFolder& result, const fs::path& folder, int label, Part part) {
  for (const fs::path& entry : list_folder(folder)) {
    if (fs::is_directory(entry)) {
      add_class(result, entry, label, part);
      continue;
    }
    std::string relative = entry.lexically_relative(result.root).generic_string();
    if (is_image_file(entry)) {
      result.samples.push_back({std::move(relative), label, part});
    } else {
      result.stray.push_back(std::move(relative));
    }
  }
}

/// Adds the images that lie directly in a folder whose sub-folders say what theirs show.
OSTEON_INLINE void add_unlabelled(ImageFolder& result, const fs::path& folder) {
  for (const fs::path& entry : list_folder(folder))
    if (fs::is_regular_file(entry) && is_image_file(entry))
      result.unlabelled.push_back(entry.lexically_relative(result.root).generic_string());
}

/// Adds the images of folders beside the parts, such as "valid" beside "train".
OSTEON_INLINE void add_beside_parts(ImageFolder& result, std::span<const Part> parts) {
  add_unlabelled(result, result.root);
  for (const std::string& name : class_folders(result.root)) {
    if (std::ranges::any_of(parts, [&](Part part) { return name == to_string(part); })) continue;
    for (const fs::path& image : list_images(result.root / name))
      result.unlabelled.push_back(image.lexically_relative(result.root).generic_string());
  }
}

/// Adds one part, whose classes must be those of the parts before it.
OSTEON_INLINE void add_part(ImageFolder& result, const fs::path& folder, Part part) {
  const std::vector<std::string> classes = class_folders(folder);
  if (result.classes.empty()) {
    require(!classes.empty(), "no class folders in ", folder.string(),
            ": put the images of each class into a folder of its own, as in ",
            (folder / "CLASS" / "image.jpg").string());
    require(classes.size() > 1, "only one class in ", folder.string(), ": ", quoted_list(classes),
            "; a classifier needs at least two class folders there");
    result.classes = classes;
  }
  require(classes == result.classes, "the parts of ", result.root.string(),
          " have different classes: ", quoted_list(result.classes), " first, but ",
          quoted_list(classes), " in ", folder.string(), "; give every part the same folders");
  for (std::size_t label = 0; label < classes.size(); ++label) {
    const std::size_t before = result.samples.size();
    add_class(result, folder / classes[label], static_cast<int>(label), part);
    require(result.samples.size() > before, "no images in the class folder ",
            (folder / classes[label]).string(), ": add some or remove the class");
  }
  add_unlabelled(result, folder);
}

}  // namespace detail

OSTEON_INLINE ImageFolder read_image_folder(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  require(fs::exists(root, ignored), "no such data folder: ", root.string(), "; check the path");
  require(fs::is_directory(root, ignored), "the data path ", root.string(),
          " is a file; give the folder that holds the classes");
  require(!fs::is_empty(root, ignored), "the data folder ", root.string(), " is empty");

  ImageFolder result{root, {}, {}, {}, {}};
  constexpr std::array parts{Part::train, Part::val, Part::test};
  for (const Part part : parts)
    if (const fs::path folder = root / to_string(part); fs::is_directory(folder, ignored))
      detail::add_part(result, folder, part);
  if (!result.classes.empty()) {
    detail::add_beside_parts(result, parts);
    return result;
  }

  // A common slip: the archive was unpacked into a folder of its own name.
  const auto folders = detail::class_folders(root);
  if (folders.size() == 1 && fs::is_directory(root / folders[0] / "train", ignored))
    fail("no class folders in ", root.string(), ": did you mean ", (root / folders[0]).string(),
         "?");
  detail::add_part(result, root, Part::all);
  return result;
}

}  // namespace osteon::data
