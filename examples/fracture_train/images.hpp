// The images that a run reads, and which of them it trains, validates and tests on.
#pragma once

#include <osteon/data/dataset.hpp>

#include "options.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace fracture {

struct Images {
  osteon::data::ImageDataset dataset;
  std::vector<std::size_t> train;
  std::vector<std::size_t> val;
  std::vector<std::size_t> test;  // empty where there is no test part
  std::string source;             // for the report
  osteon::data::LoadReport report;
  std::size_t stray = 0;
};

/// Reads the folder, or draws the synthetic set. Throws osteon::Error on what cannot be used.
Images load(const Options& options);

}  // namespace fracture
