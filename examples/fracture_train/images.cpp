#include "images.hpp"

#include <osteon/core/error.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/split.hpp>
#include <osteon/data/synthetic.hpp>
#include <osteon/train/progress.hpp>

#include <algorithm>
#include <cstdio>

namespace fracture {
namespace {

using namespace osteon;
using data::Part;

/// Of the samples of a part (or of all), at most the limit's share.
std::vector<data::Sample> choose(const data::ImageFolder& folder, Part part, std::size_t limit,
                                 std::uint64_t seed) {
  std::vector<data::Sample> samples;
  for (const data::Sample& sample : folder.samples) {
    if (sample.part == part) samples.push_back(sample);
  }
  if (limit == 0 || limit >= samples.size()) return samples;
  std::vector<data::Sample> chosen;
  for (const std::size_t i : data::stratified_subset(data::labels_of(samples), limit, seed)) {
    chosen.push_back(samples[i]);
  }
  return chosen;
}

/// 80/20 of everything that was loaded.
void split_notebook(Images& images, std::uint64_t seed) {
  const auto split = data::stratified_split(data::labels_of(images.dataset.samples), 0.2, seed);
  images.train = split.train;
  images.val = split.val;
}

void split_folders(Images& images) {
  images.train = images.dataset.indices(Part::train);
  images.val = images.dataset.indices(Part::val);
  images.test = images.dataset.indices(Part::test);
}

Images load_folder(const Options& options) {
  const data::ImageFolder folder = data::read_image_folder(options.data);
  std::vector<Part> parts;
  if (!folder.has(Part::train)) {
    require(options.split == "notebook", "--split folders needs the folders train and val in ",
            options.data.string(), "; use --split notebook");
    parts = {Part::all};
  } else if (options.split == "notebook") {
    parts = {Part::train};
  } else {
    require(folder.has(Part::val), "--split folders needs a folder val in ", options.data.string(),
            "; use --split notebook");
    parts = {Part::train, Part::val, Part::test};
  }

  // A limit is shared among the parts in proportion to their sizes.
  std::size_t total = 0;
  for (const data::Sample& sample : folder.samples) {
    total += std::ranges::count(parts, sample.part) > 0 ? 1 : 0;
  }
  std::vector<data::Sample> samples;
  for (const Part part : parts) {
    const auto in_part =
        static_cast<std::size_t>(std::ranges::count(folder.samples, part, &data::Sample::part));
    const std::size_t limit =
        options.limit == 0 ? 0 : std::max<std::size_t>(1, options.limit * in_part / total);
    for (data::Sample& sample : choose(folder, part, limit, options.seed)) {
      samples.push_back(std::move(sample));
    }
  }

  Images images;
  images.source = options.data.string();
  for (const std::string& stray : folder.stray) {
    const bool read = parts.front() == Part::all || std::ranges::any_of(parts, [&](Part part) {
                        return stray.starts_with(std::string(data::to_string(part)) + '/');
                      });
    images.stray += read ? 1 : 0;
  }
  train::Progress progress("decoding", static_cast<std::int64_t>(samples.size()), "images");
  images.dataset = data::load_images(
      folder, samples,
      {.image_size = options.image_size,
       .truncated =
           options.truncated == "skip" ? data::TruncatedPolicy::skip : data::TruncatedPolicy::use,
       .threads = options.threads,
       .progress = [&](std::size_t done,
                       std::size_t) { progress.update(static_cast<std::int64_t>(done)); }},
      &images.report);
  progress.finish();
  if (options.split == "notebook") {
    split_notebook(images, options.seed);
  } else {
    split_folders(images);
  }
  return images;
}

Images draw_synthetic(const Options& options) {
  // Enough for five minutes on two cores.
  constexpr std::size_t total = 3000;
  const std::size_t count = options.limit == 0 ? total : std::min(total, options.limit);
  Images images;
  images.source = "synthetic radiographs";
  train::Progress progress("drawing", static_cast<std::int64_t>(count), "images");
  images.dataset = data::synthetic_dataset({.train = count * 2 / 3,
                                            .val = count / 6,
                                            .test = count - count * 2 / 3 - count / 6,
                                            .image_size = options.image_size,
                                            .seed = options.seed,
                                            .threads = options.threads,
                                            .progress = [&](std::size_t done, std::size_t) {
                                              progress.update(static_cast<std::int64_t>(done));
                                            }});
  progress.finish();
  images.report.files = images.report.decoded = images.dataset.size();
  if (options.split == "notebook") {
    split_notebook(images, options.seed);
  } else {
    split_folders(images);
  }
  return images;
}

}  // namespace

Images load(const Options& options) {
  Images images = options.data.empty() ? draw_synthetic(options) : load_folder(options);
  std::printf("classes:");
  for (std::size_t k = 0; k < images.dataset.classes.size(); ++k) {
    std::printf(" %zu = %s%s", k, images.dataset.classes[k].c_str(),
                k + 1 < images.dataset.classes.size() ? "," : "\n");
  }
  std::printf("images: %zu to train on, %zu to validate, %zu to test; %zu stray files left out\n",
              images.train.size(), images.val.size(), images.test.size(), images.stray);
  for (const std::string& path : images.report.truncated) {
    std::printf("truncated (%s): %s\n", options.truncated == "skip" ? "skipped" : "used",
                path.c_str());
  }
  return images;
}

}  // namespace fracture
