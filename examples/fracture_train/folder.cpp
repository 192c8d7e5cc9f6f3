// A folder of radiographs: audited, split, read.
#include <osteon/core/error.hpp>
#include <osteon/data/audit.hpp>
#include <osteon/data/audited_split.hpp>
#include <osteon/data/image_folder.hpp>
#include <osteon/data/split.hpp>
#include <osteon/train/progress.hpp>

#include "images.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace fracture {
namespace {

using namespace osteon;
using data::AuditedFile;
using data::Part;

/// Of the samples of a part (or of all), at most the limit's share.
std::vector<data::Sample> choose(const std::vector<data::Sample>& all, Part part, std::size_t limit,
                                 std::uint64_t seed) {
  std::vector<data::Sample> samples;
  for (const data::Sample& sample : all) {
    if (sample.part == part) samples.push_back(sample);
  }
  if (limit == 0 || limit >= samples.size()) return samples;
  std::vector<data::Sample> chosen;
  for (const std::size_t i : data::stratified_subset(data::labels_of(samples), limit, seed)) {
    chosen.push_back(samples[i]);
  }
  return chosen;
}

/// The published parts that the split reads.
std::vector<Part> parts_to_read(const data::ImageFolder& folder, const Options& options) {
  const std::string where = options.data.string();
  if (!folder.has(Part::train)) {
    require(options.split == "notebook", "--split folders needs the folders train and val in ",
            where, "; use --split notebook or grouped");
    return {Part::all};
  }
  if (options.split == "notebook") return {Part::train};
  require(folder.has(Part::val), "--split folders needs a folder val in ", where,
          "; use --split notebook or grouped");
  return {Part::train, Part::val, Part::test};
}

/// A limit is shared among the parts in proportion to their sizes.
std::vector<data::Sample> limited(const std::vector<data::Sample>& samples,
                                  const std::vector<Part>& parts, const Options& options) {
  const auto in_part = [&](Part part) {
    return static_cast<std::size_t>(std::ranges::count(samples, part, &data::Sample::part));
  };
  std::size_t total = 0;
  for (const Part part : parts) total += in_part(part);
  std::vector<data::Sample> result;
  for (const Part part : parts) {
    const std::size_t limit =
        options.limit == 0 ? 0 : std::max<std::size_t>(1, options.limit * in_part(part) / total);
    for (data::Sample& sample : choose(samples, part, limit, options.seed)) {
      result.push_back(std::move(sample));
    }
  }
  return result;
}

data::Audit audit_files(const data::ImageFolder& folder, int threads) {
  train::Progress progress("audit", static_cast<std::int64_t>(folder.samples.size()), "files");
  auto audit =
      data::audit(folder, {.threads = threads, .progress = [&](std::size_t done, std::size_t) {
                             progress.update(static_cast<std::int64_t>(done));
                           }});
  progress.finish(concat(audit.groups, " groups"));
  return audit;
}

AuditFacts facts_of(const data::ImageFolder& folder, const data::Audit& audit) {
  AuditFacts facts;
  facts.files = folder.samples.size();
  facts.exact_duplicates = facts.files - data::count_distinct(audit, &AuditedFile::content);
  facts.groups = audit.groups;
  for (int label = 0; label < static_cast<int>(folder.classes.size()); ++label) {
    const auto also_in_train = [&](Part part) {
      return data::count_shared(folder, audit, part, label, Part::train, &AuditedFile::content);
    };
    facts.val_files_also_in_train += also_in_train(Part::val);
    facts.test_files_also_in_train += also_in_train(Part::test);
  }
  return facts;
}

/// Where the files went, if the split is not the audit's own: what was not read is dropped.
data::AuditedSplit split_of(const Images& images, std::map<std::string, std::size_t>& positions,
                            std::size_t files) {
  data::AuditedSplit split;
  std::vector<bool> used(files, false);
  const auto place = [&](const std::vector<std::size_t>& part, std::vector<std::size_t>& to) {
    for (const std::size_t i : part) {
      to.push_back(positions.at(images.dataset.samples[i].path));
      used[to.back()] = true;
    }
    std::ranges::sort(to);
  };
  place(images.train, split.parts.train);
  place(images.val, split.parts.val);
  place(images.test, split.parts.test);
  for (std::size_t i = 0; i < files; ++i) {
    if (!used[i]) split.dropped.push_back({i, data::DropReason::repeat});
  }
  return split;
}

std::size_t stray_files(const data::ImageFolder& folder, const std::vector<Part>& parts) {
  return static_cast<std::size_t>(std::ranges::count_if(folder.stray, [&](const auto& stray) {
    return parts.front() == Part::all || std::ranges::any_of(parts, [&](Part part) {
             return stray.starts_with(std::string(data::to_string(part)) + '/');
           });
  }));
}

}  // namespace

Images load_folder(const Options& options) {
  const bool grouped = options.split == "grouped";
  const data::ImageFolder folder = data::read_image_folder(options.data);
  const auto published = grouped ? std::vector<Part>{} : parts_to_read(folder, options);
  const data::Audit audit = audit_files(folder, options.threads);
  const std::vector<Part> parts =
      grouped ? std::vector<Part>{Part::train, Part::val, Part::test} : published;
  const std::vector<data::Sample> samples =
      limited(grouped ? data::split_samples(folder, data::audited_split(folder, audit,
                                                                        {.folds = options.folds,
                                                                         .fold = options.fold,
                                                                         .seed = options.seed}))
                      : folder.samples,
              parts, options);

  Images images;
  images.source = options.data.string();
  images.stray = grouped ? folder.stray.size() : stray_files(folder, parts);
  images.audit = facts_of(folder, audit);
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
  split_by_part(images, options);

  std::map<std::string, std::size_t> positions;
  for (std::size_t i = 0; i < folder.samples.size(); ++i) positions[folder.samples[i].path] = i;
  for (const data::Sample& sample : images.dataset.samples) {
    images.groups.push_back(static_cast<int>(audit.files[positions.at(sample.path)].group));
  }
  if (!options.evaluate.empty()) return images;
  make_out_folder(options);
  data::write_split_csv(options.out / "split.csv", folder, audit,
                        split_of(images, positions, folder.samples.size()));
  return images;
}

}  // namespace fracture
