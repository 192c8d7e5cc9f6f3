#include "images.hpp"

#include <osteon/core/error.hpp>
#include <osteon/data/augment.hpp>
#include <osteon/data/split.hpp>
#include <osteon/data/synthetic.hpp>
#include <osteon/train/progress.hpp>

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace fracture {
namespace {

using namespace osteon;
using data::Part;

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
  images.groups.resize(images.dataset.size());
  std::iota(images.groups.begin(), images.groups.end(), 0);  // each is a radiograph of its own
  require(options.split != "grouped",
          "--split grouped is for folders of files; the synthetic radiographs are all different");
  split_by_part(images, options);
  return images;
}

}  // namespace

void split_by_part(Images& images, const Options& options) {
  if (options.split == "notebook") {  // 80/20 of everything that was loaded
    const auto split =
        data::stratified_split(data::labels_of(images.dataset.samples), 0.2, options.seed);
    images.train = split.train;
    images.val = split.val;
    return;
  }
  images.train = images.dataset.indices(Part::train);
  images.val = images.dataset.indices(Part::val);
  images.test = images.dataset.indices(Part::test);
}

std::vector<int> Images::groups_of(const std::vector<std::size_t>& part) const {
  std::vector<int> result;
  for (const std::size_t i : part) result.push_back(groups[i]);
  return result;
}

std::function<void(std::span<std::uint8_t>, int, osteon::Random&)> augmentation(
    const Options& options) {
  if (options.augment == "light") {
    return data::Augment(
        {.horizontal_flip = 0.5F, .degrees = 10, .translate = 0.05F, .scale = 0.05F});
  }
  if (options.augment == "strong") {
    return data::Augment({.horizontal_flip = 0.5F,
                          .degrees = 30,
                          .translate = 0.1F,
                          .scale = 0.2F,
                          .brightness = 0.2F,
                          .contrast = 0.2F,
                          .noise = 0.02F});
  }
  return {};
}

void make_out_folder(const Options& options) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  require(!error, "cannot create the folder ", options.out.string(), ": ", error.message());
}

std::string audit_text(const Images& images, const Options& options) {
  const AuditFacts& facts = images.audit;
  if (facts.files == 0) return "";
  std::string text = concat("audit: ", facts.exact_duplicates, " of ", facts.files,
                            " files are copies of another; ", facts.groups,
                            " groups of radiographs that belong together\n");
  if (options.split == "grouped") {
    return text + "copies are left out, and no group stands on two sides of the split\n";
  }
  if (facts.val_files_also_in_train + facts.test_files_also_in_train > 0) {
    text += concat("WARNING: ", facts.val_files_also_in_train, " published validation and ",
                   facts.test_files_also_in_train,
                   " published test files are copies of training files\n");
  }
  return text +
         "WARNING: copies and turned copies stand on both sides of this split, so its figures "
         "measure memory; --split grouped keeps them apart\n";
}

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
  std::printf("%s", audit_text(images, options).c_str());
  return images;
}

}  // namespace fracture
