// What the program says of each image.
#pragma once

#include <osteon/train/operating_point.hpp>

#include "classifier.hpp"
#include "options.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace fracture {

struct Answer {
  std::filesystem::path file;
  std::string problem;     // why there is no answer, or how far it is to be trusted
  bool answered = false;   // what follows is set
  double probability = 0;  // of the positive class
  bool positive = false;
  double decode_milliseconds = 0;   // reading, decoding, resizing
  double network_milliseconds = 0;  // the forward pass, or both with flips
  std::filesystem::path explanation;
};

/// The files that the inputs stand for, in order. Throws osteon::Error on a folder without images.
std::vector<std::filesystem::path> list_files(const std::vector<std::string>& inputs);

/// A picture of what speaks for the positive class, at a layer of the network; no path: none.
struct Explanation {
  std::filesystem::path path;
  std::string layer;
};

/// Answers one file; what is wrong with it is told in the answer.
Answer answer(Classifier& classifier, const osteon::train::OperatingPoint& point,
              const std::filesystem::path& file, const Explanation& explanation);

/// The lines above the table, and the row of an answer.
std::string table_head(const PredictRequest& request, const Classifier& classifier,
                       const osteon::train::OperatingPoint& point);
std::string table_row(const Classifier& classifier, const Answer& answer);

/// All of it as JSON.
std::string to_json(const PredictRequest& request, const Classifier& classifier,
                    const osteon::train::OperatingPoint& point, const std::vector<Answer>& answers);

}  // namespace fracture
