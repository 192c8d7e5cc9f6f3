// report.html: a run as plain data, and the page that shows it.
#pragma once

#include <osteon/io/svg_chart.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fracture {

enum class Unit : std::uint8_t { count, share, number };

/// A number of metrics.json, under the same key ("test.accuracy").
struct Figure {
  std::string name{};
  std::string key{};  // empty: no figure
  double value = 0;   // NaN: the images cannot tell
  Unit unit = Unit::count;
  std::string ci95_key{};  // of its 95 % interval; empty: it has none
  double lower = 0, upper = 0;
};

/// A part of the images: how many of each class, and what it shares with the training part.
struct PartOfSplit {
  std::string name;
  std::vector<std::size_t> per_class;
  std::size_t images = 0;
  Figure same, related;  // byte for byte, and in whatever way; none for the training part
};

/// An operating point that was chosen on the validation images, measured on a part.
struct ThresholdScores {
  std::string goal;
  bool reached = true;  // on the validation images
  Figure threshold, sensitivity, specificity;
};

/// What the network made of a part.
struct PartScores {
  std::string name;  // "validation" or "test"
  std::string key;   // of metrics.json
  std::size_t images = 0, groups = 0, related = 0, same = 0;
  Figure accuracy, majority;
  // Those that are related to no training image.
  Figure unrelated, unrelated_majority;  // accuracies
  std::size_t unrelated_images = 0;
  std::string unrelated_classes;     // "43 fractured, 11 not fractured"
  bool unrelated_are_enough = true;  // to tell anything
  std::vector<Figure> figures;       // the others
  std::vector<ThresholdScores> thresholds;

  std::vector<std::vector<std::int64_t>> confusion;  // [truth][answer]
};

struct Picture {
  std::string uri;  // data:
  std::string path;
  std::string caption;
};

/// A count before and after pruning.
struct Size {
  std::string name;
  Figure before, after;
};

struct Fact {
  std::string name;
  std::string text;
};

struct Page {
  // What was trained, on what.
  std::string network;  // "ResNet-18, 64 px"
  std::string source;
  std::string pruning;  // a sentence
  std::string split;    // markup: what the split did
  bool drawn = false;   // synthetic: there are no files to audit
  bool interrupted = false;
  std::vector<std::string> classes;
  std::string positive;

  std::vector<Figure> audit;
  std::vector<Fact> faults;  // files that were left out or are not whole, by kind
  std::vector<PartOfSplit> parts;
  std::vector<std::vector<Picture>> samples;  // of each class
  std::vector<osteon::io::LineChart> curves;
  std::vector<PartScores> scores;  // validation and, where there is one, the test part
  std::vector<osteon::io::LineChart> ranking;
  osteon::io::LineChart reliability;
  std::string temperature;                   // a sentence
  std::vector<osteon::io::ChartBar> layers;  // none: nothing was pruned
  std::vector<Size> sizes;
  std::size_t mistakes = 0;             // in the last part of `scores`
  std::vector<Picture> worst_mistakes;  // of them
  std::string command;
  std::vector<Fact> facts;  // versions, seed, times, machine
};

/// The whole page. It refers to nothing outside of itself.
std::string to_html(const Page& page);

/// A metric of the test parts of a cross-validation, a value for each fold.
struct FoldFigure {
  std::string name;
  std::vector<double> values;
  double mean = 0, deviation = 0;
};

struct FoldsPage {
  std::string source;
  std::string split;
  std::vector<Figure> audit;  // none: the radiographs were drawn
  std::vector<FoldFigure> figures;
  std::string command;
  std::vector<Fact> facts;  // the data's digest, versions, seed, machine
};

/// The page of a cross-validation, with a link to each fold's.
std::string to_html(const FoldsPage& page);

}  // namespace fracture
