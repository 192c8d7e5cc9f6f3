// What the user asked for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fracture {

struct PredictRequest {
  std::filesystem::path model;
  std::vector<std::string> inputs;  // files, folders, or "-": names on standard input
  std::string operating_point = "0.5";
  std::string positive;           // empty: what the model file says
  std::filesystem::path explain;  // a folder for Grad-CAM pictures; empty: none
  std::string layer;              // of the network, for explain; empty: the last stage
  bool json = false;
  int threads = 0;  // 0: one per processor
};

/// Parses the command line. On --help, --version or a mistake, prints what there is to say and
/// returns the status to exit with.
std::optional<int> parse(int argc, char** argv, PredictRequest& request);

}  // namespace fracture
