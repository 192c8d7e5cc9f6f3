// The images that a run reads, what they repeat, and which of them it trains, validates and tests
// on.
#pragma once

#include <osteon/data/fwd.hpp>
#include <osteon/data/image_dataset.hpp>

#include "options.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fracture {

namespace data = osteon::data;

struct Images {
  std::string source;  // for the report
  std::shared_ptr<const data::ImageFolder> folder;
  std::shared_ptr<const data::Audit> audit;
  std::size_t audited = 0;           // files
  std::size_t exact_duplicates = 0;  // files whose bytes an earlier file has
  std::size_t near_repeats = 0;      // pairs of pictures: turned, mirrored or saved again
  std::size_t conflicting = 0;       // pictures under two classes
  std::size_t groups = 0;            // sets of files that share nothing

  data::ImageDataset dataset;
  data::LoadReport report;              // with what a grouped split leaves out as unreadable
  std::vector<std::string> stray;       // no images, in the parts that are read
  std::vector<std::string> unlabelled;  // images in no class folder, there or beside the parts
  bool limited = false;                 // --limit leaves images out
  std::vector<std::size_t> content;     // of each image: equal for equal bytes
  std::vector<std::size_t> group;       // of each image
  std::size_t positive = 0;             // the class to find

  // Positions in the data set: the split at hand.
  std::vector<std::size_t> train;
  std::vector<std::size_t> val;
  std::vector<std::size_t> test;  // empty where there is no test part

  [[nodiscard]] const std::vector<std::string>& classes() const { return dataset.classes; }
};

/// Reads and audits the folder, or draws the synthetic set; nothing is split yet. Throws
/// osteon::Error on what cannot be used.
Images load(const Options& options);

/// Deals the images out to the parts, as options.split says; `fold` counts from 0 and matters with
/// options.folds. Throws osteon::Error if a part would lack a class.
void split(Images& images, const Options& options, int fold);

/// Every file of the folder with its part and its group; the images drawn, without a folder.
void write_split(const std::filesystem::path& path, const Images& images);

/// How many images of `part` also stand in the training part, by `what`: Images::content or
/// Images::group.
std::size_t also_in_train(const Images& images, const std::vector<std::size_t>& part,
                          std::vector<std::size_t> Images::*what);

/// `values` at the positions of a part.
template <class T>
std::vector<T> at(const std::vector<T>& values, std::span<const std::size_t> part) {
  std::vector<T> chosen;
  for (const std::size_t i : part) chosen.push_back(values[i]);
  return chosen;
}

}  // namespace fracture
