// Definitions of dataset.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/data/dataset.hpp>
#include <osteon/data/decode.hpp>
#include <osteon/data/resize.hpp>
#include <osteon/data/workers.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace osteon::data {

OSTEON_INLINE io::Digest digest(const ImageDataset& dataset, int threads) {
  std::vector<io::Digest> images(dataset.size());
  parallel_for_each(dataset.size(), threads,
                    [&](std::size_t i) { images[i] = io::sha256(dataset.image(i)); });
  std::string text = concat(dataset.image_size, '\n');
  for (const std::string& name : dataset.classes) text += concat(name, '\n');
  for (std::size_t i = 0; i < dataset.size(); ++i)
    text += concat(dataset.label(i), ' ', io::to_hex(images[i]), '\n');
  return io::sha256(text);
}

namespace detail {

OSTEON_INLINE void allocate_pixels(ImageDataset& dataset, std::size_t images) {
  try {
    dataset.pixels.resize(images * dataset.image_bytes());
  } catch (const std::exception&) {
    fail("not enough memory for ", images, " images of ", dataset.image_size, " x ",
         dataset.image_size, " pixels (",
         static_cast<double>(images) * static_cast<double>(dataset.image_bytes()) / 0x1p30,
         " GiB): choose a smaller image size or fewer images");
  }
}

/// One message for all that could not be read.
[[noreturn]] OSTEON_INLINE void fail_unreadable(std::span<const std::string> problems) {
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(problems.size(), 10); ++i)
    list += concat("\n  ", problems[i]);
  if (problems.size() > 10) list += concat("\n  and ", problems.size() - 10, " more");
  fail("cannot decode ", problems.size(), problems.size() == 1 ? " image" : " images",
       "; remove or repair ", problems.size() == 1 ? "this file" : "these files",
       ", or load with UnreadablePolicy::skip:", list);
}

OSTEON_INLINE void compact(ImageDataset& dataset, const std::vector<char>& keep) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (keep[i] == 0) continue;
    if (kept != i) {
      std::ranges::copy(dataset.image(i), dataset.image(kept).begin());
      dataset.samples[kept] = std::move(dataset.samples[i]);
    }
    ++kept;
  }
  dataset.samples.resize(kept);
  dataset.pixels.resize(kept * dataset.image_bytes());
}

}  // namespace detail

OSTEON_INLINE ImageDataset load_images(const ImageFolder& folder, std::span<const Sample> samples,
                                       const LoadOptions& options, LoadReport* report) {
  require(options.image_size > 0, "the image size is ", options.image_size,
          "; it must be at least 1");
  require(!samples.empty(), "no images to load from ", folder.root.string());
  ImageDataset dataset{options.image_size, folder.classes, {samples.begin(), samples.end()}, {}};
  detail::allocate_pixels(dataset, samples.size());

  std::vector<Condition> conditions(samples.size());
  std::vector<std::string> problems(samples.size());
  std::mutex progress_mutex;
  std::size_t done = 0;
  parallel_for_each(samples.size(), options.threads, [&](std::size_t i) {
    Decoded decoded = decode(folder.root / samples[i].path);
    conditions[i] = decoded.condition;
    problems[i] = std::move(decoded.problem);
    const bool skip =
        decoded.condition == Condition::truncated && options.truncated == TruncatedPolicy::skip;
    if (!decoded.rgb.empty() && !skip)
      std::ranges::copy(resize(decoded.rgb, options.image_size, options.image_size).pixels,
                        dataset.image(i).begin());
    if (options.progress) {
      const std::lock_guard lock(progress_mutex);
      options.progress(++done, samples.size());
    }
  });

  LoadReport result;
  result.files = samples.size();
  std::vector<char> keep(samples.size(), 1);
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (conditions[i] == Condition::intact) continue;
    if (conditions[i] == Condition::truncated) {
      result.truncated.push_back(samples[i].path);
      keep[i] = options.truncated == TruncatedPolicy::use;
    } else {
      result.unreadable.push_back(samples[i].path);
      messages.push_back(concat((folder.root / samples[i].path).string(), ": ", problems[i]));
      keep[i] = 0;
    }
  }
  if (!messages.empty() && options.unreadable == UnreadablePolicy::error)
    detail::fail_unreadable(messages);
  detail::compact(dataset, keep);
  require(dataset.size() > 0, "none of the ", samples.size(), " images of ", folder.root.string(),
          " can be used: all are truncated or unreadable");
  result.decoded = dataset.size();
  result.skipped = result.files - result.decoded;
  if (report != nullptr) *report = std::move(result);
  return dataset;
}

}  // namespace osteon::data
