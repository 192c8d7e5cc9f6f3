// Reads all images of a data set into memory.
#pragma once

#include <osteon/data/image_dataset.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/sample.hpp>
#include <osteon/io/sha256.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <span>
#include <vector>

namespace osteon::data {

/// The SHA-256 of size, classes, labels and pixels, in order: equal for equal data, wherever it was
/// read from. Does not depend on the number of threads.
[[nodiscard]] io::Digest digest(const ImageDataset& dataset, int threads = 1);

enum class TruncatedPolicy : std::uint8_t { use, skip };
enum class UnreadablePolicy : std::uint8_t { error, skip };

struct LoadOptions {
  int image_size = 224;
  TruncatedPolicy truncated = TruncatedPolicy::use;
  UnreadablePolicy unreadable = UnreadablePolicy::error;
  int threads = 1;
  /// Called with (done, total) after each image, by one thread at a time.
  std::function<void(std::size_t, std::size_t)> progress = {};
};

namespace detail {

void allocate_pixels(ImageDataset& dataset, std::size_t images);

/// Moves the images that are kept together, in order.
void compact(ImageDataset& dataset, const std::vector<char>& keep);

}  // namespace detail

/// Decodes `samples` of `folder` and squashes each to image_size x image_size. The result does not
/// depend on the number of threads. Throws Error if a file cannot be read, if one cannot be decoded
/// (unless they are to be skipped), if nothing is left, or if the memory does not suffice.
[[nodiscard]] ImageDataset load_images(const ImageFolder& folder, std::span<const Sample> samples,
                                       const LoadOptions& options, LoadReport* report = nullptr);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/dataset.ipp>
#endif
