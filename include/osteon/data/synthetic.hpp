// The embedded default data set: synthetic radiographs drawn by code, in memory or as files.
#pragma once

#include <osteon/data/image_dataset.hpp>
#include <osteon/data/sample.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace osteon::data {

/// The number of pictures of each part, half of them of each of the two classes (the odd one is
/// fractured).
struct SyntheticOptions {
  std::size_t train = 2000;
  std::size_t val = 500;
  std::size_t test = 500;
  int image_size = 64;
  std::uint64_t seed = 42;
  int threads = 1;
  /// Called with (done, total) after each image, by one thread at a time.
  std::function<void(std::size_t, std::size_t)> progress = {};
};

/// The samples, in the order and with the paths of write_synthetic's folder; picture number i is
/// synthetic_radiograph(seed, i, ...).
[[nodiscard]] std::vector<Sample> synthetic_samples(const SyntheticOptions& options);

/// The data set in memory, without a file. The same for every number of threads, and the same as
/// what load_images reads at the same size from what write_synthetic wrote.
[[nodiscard]] ImageDataset synthetic_dataset(const SyntheticOptions& options);

/// Writes the data set as DIR/{train,val,test}/{fractured,not fractured}/NNNNNN.png. Throws Error
/// if `folder` holds anything, so that nothing is mixed up or overwritten.
void write_synthetic(const std::filesystem::path& folder, const SyntheticOptions& options);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/synthetic.ipp>
#endif
