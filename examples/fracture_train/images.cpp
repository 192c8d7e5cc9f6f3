#include "images.hpp"

#include <osteon/core/error.hpp>
#include <osteon/data/audited_split.hpp>
#include <osteon/data/dataset.hpp>
#include <osteon/data/split.hpp>
#include <osteon/data/synthetic.hpp>
#include <osteon/data/synthetic/radiograph.hpp>
#include <osteon/train/progress.hpp>

#include "faults.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <numeric>
#include <set>

namespace fracture {
namespace {

using namespace osteon;
using data::AuditedFile;
using data::Part;
using Positions = std::vector<std::size_t>;

/// The published parts that are read.
std::vector<Part> parts_to_read(const Options& options, const data::ImageFolder& folder) {
  if (folder.has(Part::all)) {
    require(options.split != "published", "--split published needs the folders train and val in ",
            options.data.string(), "; use --split grouped");
    return {Part::all};
  }
  const bool published = options.split == "published", notebook = options.split == "notebook";
  require(folder.has(Part::train) || (!published && !notebook), "--split ", options.split,
          " needs a folder train in ", options.data.string(), "; use --split grouped");
  require(folder.has(Part::val) || !published, "--split published needs a folder val in ",
          options.data.string(), "; use --split grouped");
  if (notebook) return {Part::train};
  return {Part::train, Part::val, Part::test};
}

data::GroupedSplitOptions shares(const Options& options, int fold) {
  return {.val = options.val,
          .test = options.test,
          .folds = options.folds,
          .fold = fold,
          .seed = options.seed};
}

/// A grouped split drops what cannot be decoded; the others take the folder as it is.
void require_readable(const Options& options, const data::ImageFolder& folder,
                      const data::Audit& audit, const std::vector<Positions>& parts) {
  Fault unreadable;
  for (const Positions& part : parts)
    for (const std::size_t i : part)
      if (!audit.files[i].readable())
        unreadable.paths.push_back(concat(folder.samples[i].path, ": ", audit.files[i].problem));
  require(unreadable.paths.empty(), "cannot decode ", unreadable.paths.size(),
          " of the files that --split ", options.split,
          " reads. Remove or repair them, or use --split grouped, which leaves such files out:\n  ",
          unreadable.listed("\n  "));
}

/// The files that may be read, ascending, as positions in the folder: of a grouped split all
/// together, otherwise of each part.
std::vector<Positions> choose(const Options& options, const data::ImageFolder& folder,
                              const data::Audit& audit) {
  if (options.split == "grouped") {
    const auto split =
        data::audited_split(folder, audit, shares(options, std::max(options.fold, 0)));
    Positions files = split.parts.train;
    files.insert(files.end(), split.parts.val.begin(), split.parts.val.end());
    files.insert(files.end(), split.parts.test.begin(), split.parts.test.end());
    std::sort(files.begin(), files.end());
    return {files};
  }
  std::vector<Positions> parts;
  for (const Part part : parts_to_read(options, folder)) {
    parts.emplace_back();
    for (std::size_t i = 0; i < folder.samples.size(); ++i)
      if (folder.samples[i].part == part) parts.back().push_back(i);
  }
  require_readable(options, folder, audit, parts);
  return parts;
}

/// About `options.limit` files (0: all), of each part and in it of each class in its share.
Positions limited(const Options& options, const data::ImageFolder& folder,
                  const std::vector<Positions>& parts, std::size_t total) {
  Positions files;
  for (const Positions& part : parts) {
    if (part.empty()) continue;
    const std::size_t limit = std::max<std::size_t>(1, options.limit * part.size() / total);
    const bool all = options.limit == 0 || limit >= part.size();
    const Positions chosen =
        all ? part
            : at(part, data::stratified_subset(data::labels_of(folder.samples, part), limit,
                                               options.seed));
    files.insert(files.end(), chosen.begin(), chosen.end());
  }
  return files;
}

std::size_t class_to_find(const std::vector<std::string>& classes, const std::string& wanted) {
  const auto found = std::ranges::find(classes, wanted.empty() ? "fractured" : wanted);
  if (found != classes.end()) return static_cast<std::size_t>(found - classes.begin());
  std::string names;
  for (const std::string& name : classes) names += (names.empty() ? "\"" : ", \"") + name + '"';
  require(wanted.empty(), "--positive \"", wanted, "\" is no class of this data; there are ",
          names);
  return 0;
}

data::Audit examine(const data::ImageFolder& folder, const Options& options) {
  train::Progress progress("auditing", static_cast<std::int64_t>(folder.samples.size()), "files");
  auto audit = data::audit(
      folder, {.threads = options.threads, .progress = [&](std::size_t done, std::size_t) {
                 progress.update(static_cast<std::int64_t>(done));
               }});
  progress.finish();
  return audit;
}

/// Of `paths` those that lie in a part that is read, or in none.
std::vector<std::string> within(const std::vector<Part>& read,
                                const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  std::ranges::copy_if(paths, std::back_inserter(found), [&](const std::string& path) {
    return std::ranges::none_of(std::array{Part::train, Part::val, Part::test}, [&](Part part) {
      return path.starts_with(concat(data::to_string(part), '/')) &&
             std::ranges::find(read, part) == read.end();
    });
  });
  return found;
}

void read_images(Images& images, const Options& options, const Positions& files) {
  const data::ImageFolder& folder = *images.folder;
  train::Progress progress("decoding", static_cast<std::int64_t>(files.size()), "images");
  images.dataset = data::load_images(
      folder, at(folder.samples, files),
      {.image_size = options.image_size,
       .truncated =
           options.truncated == "skip" ? data::TruncatedPolicy::skip : data::TruncatedPolicy::use,
       .threads = options.threads,
       .progress = [&](std::size_t done,
                       std::size_t) { progress.update(static_cast<std::int64_t>(done)); }},
      &images.report);
  progress.finish();
}

/// What the folder has beside the images that were read: depends on the split, on no limit.
void note_left_out(Images& images, const Options& options) {
  const std::vector<Part> read = parts_to_read(options, *images.folder);
  images.stray = within(read, images.folder->stray);
  images.unlabelled = within(read, images.folder->unlabelled);
  data::LoadReport& report = images.report;
  if (options.split != "grouped") return;  // there, nothing unreadable is passed on
  for (std::size_t i = 0; i < images.audit->files.size(); ++i)
    if (!images.audit->files[i].readable())
      report.unreadable.push_back(images.folder->samples[i].path);
  report.files += report.unreadable.size();
  report.skipped += report.unreadable.size();
}

Images read_folder(const Options& options) {
  Images images;
  images.source = options.data.string();
  const auto folder = std::make_shared<data::ImageFolder>(data::read_image_folder(options.data));
  images.folder = folder;
  require(folder->classes.size() == 2, "this program tells two classes apart, but ", images.source,
          " has ", folder->classes.size());
  images.positive = class_to_find(folder->classes, options.positive);
  images.audit = std::make_shared<data::Audit>(examine(*folder, options));
  const std::vector<Positions> parts = choose(options, *folder, *images.audit);
  std::size_t total = 0;
  for (const Positions& part : parts) total += part.size();
  const Positions files = limited(options, *folder, parts, total);
  images.limited = files.size() < total;
  read_images(images, options, files);
  note_left_out(images, options);
  return images;
}

/// As a folder of which every file is the only one of its kind.
Images draw_synthetic(const Options& options) {
  // Enough for five minutes on two cores.
  constexpr std::size_t total = 3000;
  const std::size_t count = options.limit == 0 ? total : std::min(total, options.limit);
  Images images;
  images.source = "synthetic radiographs";
  images.limited = count < total;
  images.positive = class_to_find(
      {std::begin(data::synthetic::class_names), std::end(data::synthetic::class_names)},
      options.positive);
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
  images.folder = std::make_shared<data::ImageFolder>(
      data::ImageFolder{images.source, images.classes(), images.dataset.samples, {}, {}});
  data::Audit audit;
  audit.groups = images.dataset.size();
  for (std::size_t i = 0; i < audit.groups; ++i) audit.files.push_back({i, i, i, i, {}, {}});
  images.audit = std::make_shared<data::Audit>(std::move(audit));
  return images;
}

/// For each image its position in the folder. Both are in one order; what was skipped is missing.
Positions positions_in_folder(const Images& images) {
  Positions positions;
  std::size_t file = 0;
  for (const data::Sample& sample : images.dataset.samples) {
    while (images.folder->samples[file].path != sample.path) ++file;
    positions.push_back(file++);
  }
  return positions;
}

void require_every_class(const Images& images, const char* name, const Positions& part) {
  const std::vector<int> labels = data::labels_of(images.dataset.samples, part);
  for (std::size_t k = 0; k < images.classes().size(); ++k) {
    require(std::ranges::count(labels, static_cast<int>(k)) > 0, "the ", name,
            " part has no image of the class \"", images.classes()[k], "\"",
            images.limited ? "; raise --limit" : "; add some, or choose another --split");
  }
}

/// Throws Error as the library's splits do.
void deal(Images& images, const Options& options, int fold) {
  const std::vector<int> labels = data::labels_of(images.dataset.samples);
  if (options.split == "notebook") {
    const auto parts = data::stratified_split(labels, 0.2, options.seed);
    images.train = parts.train;
    images.val = parts.val;
    images.test.clear();
  } else if (options.split == "published") {
    images.train = images.dataset.indices(Part::train);
    images.val = images.dataset.indices(Part::val);
    images.test = images.dataset.indices(Part::test);
  } else {
    // Stratified: each image is a group of its own.
    Positions groups = images.group;
    if (options.split == "stratified") std::iota(groups.begin(), groups.end(), std::size_t{0});
    const auto parts = data::grouped_split(labels, groups, shares(options, fold), images.classes());
    images.train = parts.train;
    images.val = parts.val;
    images.test = parts.test;
  }
}

/// "3 a, 5 b": how many images there are of each class.
std::string class_counts(const Images& images) {
  const std::vector<int> labels = data::labels_of(images.dataset.samples);
  std::string text;
  for (std::size_t k = 0; k < images.classes().size(); ++k)
    text += concat(k > 0 ? ", " : "", std::ranges::count(labels, static_cast<int>(k)), ' ',
                   images.classes()[k]);
  return text;
}

}  // namespace

Images load(const Options& options) {
  Images images = options.data.empty() ? draw_synthetic(options) : read_folder(options);
  const data::Audit& audit = *images.audit;
  images.groups = audit.groups;
  images.audited = audit.files.size();
  images.near_repeats = audit.near_repeats.size();
  images.conflicting = audit.conflicting.size();
  images.exact_duplicates = images.audited - count_distinct(audit, &AuditedFile::content);
  for (const std::size_t i : positions_in_folder(images)) {
    images.content.push_back(audit.files[i].content);
    images.group.push_back(audit.files[i].group);
  }
  std::printf("classes:");
  for (std::size_t k = 0; k < images.classes().size(); ++k) {
    std::printf("%s %zu = %s%s", k > 0 ? "," : "", k, images.classes()[k].c_str(),
                k == images.positive ? " (positive)" : "");
  }
  std::printf("\nfiles: %zu, of them %zu repeats byte for byte; %zu groups that share nothing\n%s",
              images.audited, images.exact_duplicates, images.groups,
              to_string(faults(options, images)).c_str());
  return images;
}

void split(Images& images, const Options& options, int fold) {
  try {
    deal(images, options, fold);
  } catch (const Error&) {
    if (!images.limited)
      throw;  // the library does not know of a limit and finds fault with the data
    fail("--limit ", options.limit, " leaves too few images for --split ", options.split,
         options.folds > 0 ? concat(" --folds ", options.folds) : "", " (", class_counts(images),
         "): raise --limit");
  }
  require_every_class(images, "training", images.train);
  require_every_class(images, "validation", images.val);
  if (!images.test.empty()) require_every_class(images, "test", images.test);
}

void write_split(const std::filesystem::path& path, const Images& images) {
  const Positions files = positions_in_folder(images);
  data::AuditedSplit parts;
  parts.parts = {at(files, images.train), at(files, images.val), at(files, images.test)};
  data::write_split_csv(path, *images.folder, *images.audit, parts);
}

std::size_t also_in_train(const Images& images, const std::vector<std::size_t>& part,
                          std::vector<std::size_t> Images::*what) {
  const Positions trained = at(images.*what, images.train);
  const std::set<std::size_t> known(trained.begin(), trained.end());
  const Positions asked = at(images.*what, part);
  return static_cast<std::size_t>(
      std::ranges::count_if(asked, [&](std::size_t key) { return known.contains(key); }));
}

}  // namespace fracture
