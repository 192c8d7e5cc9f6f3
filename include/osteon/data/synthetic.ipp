// Definitions of synthetic.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/dataset.hpp>
#include <osteon/data/png.hpp>
#include <osteon/data/synthetic.hpp>
#include <osteon/data/synthetic/radiograph.hpp>
#include <osteon/data/workers.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

namespace osteon::data {

OSTEON_INLINE std::vector<Sample> synthetic_samples(const SyntheticOptions& options) {
  const std::pair<Part, std::size_t> parts[] = {
      {Part::train, options.train}, {Part::val, options.val}, {Part::test, options.test}};
  std::vector<Sample> samples;
  for (const auto& [part, count] : parts) {
    for (int label = 0; label < 2; ++label) {
      const std::size_t of_class = label == synthetic::fractured ? count - count / 2 : count / 2;
      for (std::size_t i = 0; i < of_class; ++i) {
        char name[32];
        std::snprintf(name, sizeof name, "%06zu.png", i);
        samples.push_back(
            {concat(to_string(part), '/', synthetic::class_names[label], '/', name), label, part});
      }
    }
  }
  require(!samples.empty(), "a synthetic data set of no images: ask for at least one");
  return samples;
}

namespace detail {

/// use(i, image) for the picture of each sample.
template <class Use>
void for_each_synthetic(const std::vector<Sample>& samples, const SyntheticOptions& options,
                        const Use& use) {
  std::mutex progress_mutex;
  std::size_t done = 0;
  parallel_for_each(samples.size(), options.threads, [&](std::size_t i) {
    use(i, synthetic_radiograph(options.seed, i, options.image_size, samples[i].label).image);
    if (options.progress) {
      const std::lock_guard lock(progress_mutex);
      options.progress(++done, samples.size());
    }
  });
}

}  // namespace detail

OSTEON_INLINE ImageDataset synthetic_dataset(const SyntheticOptions& options) {
  ImageDataset dataset{options.image_size,
                       {synthetic::class_names.begin(), synthetic::class_names.end()},
                       synthetic_samples(options),
                       {}};
  detail::allocate_pixels(dataset, dataset.size());
  detail::for_each_synthetic(dataset.samples, options, [&](std::size_t i, const Image& image) {
    auto* out = dataset.image(i).data();
    for (const std::uint8_t grey : image.pixels)
      for (int c = 0; c < 3; ++c) *out++ = grey;
  });
  return dataset;
}

OSTEON_INLINE void write_synthetic(const std::filesystem::path& folder,
                                   const SyntheticOptions& options) {
  namespace fs = std::filesystem;
  const std::vector<Sample> samples = synthetic_samples(options);
  std::error_code error;
  fs::create_directories(folder, error);
  require(!error, "cannot create the folder ", folder.string(), ": ", error.message());
  require(fs::is_empty(folder, error), "the folder ", folder.string(),
          " is not empty; choose a new one for the synthetic data set");
  for (const Sample& sample : samples) {
    fs::create_directories((folder / sample.path).parent_path(), error);
    require(!error, "cannot create a folder in ", folder.string(), ": ", error.message());
  }
  detail::for_each_synthetic(samples, options, [&](std::size_t i, const Image& image) {
    write_png(folder / samples[i].path, image);
  });
}

}  // namespace osteon::data
