// Definitions of checkpoint_file.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/train/checkpoint_file.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace osteon::train {

OSTEON_INLINE Checkpoint read_loop(const io::SafetensorsFile& file) {
  Checkpoint checkpoint;
  const auto history = file.read_as<double>("train.history");
  const auto seconds = file.read_as<double>("train.seconds");
  require(history.size() % 7 == 0 && seconds.size() == 3, file.where(),
          ": train.history and train.seconds have ", history.size(), " and ", seconds.size(),
          " values instead of a multiple of 7 and 3");
  for (auto r = history.begin(); r != history.end(); r += 7) {
    const int epoch = static_cast<int>(checkpoint.history.size()) + 1;
    checkpoint.history.push_back({epoch, r[0], r[1], r[2], r[3], r[4], r[5], r[6]});
  }
  checkpoint.seconds = seconds[0];
  checkpoint.training_seconds = seconds[1];
  if (file.find("train.epoch.batches") == nullptr) return checkpoint;

  const auto batches = file.read_as<std::int64_t>("train.epoch.batches").at(0);
  const auto counts = file.read_as<std::int64_t>("train.epoch.confusion");
  const auto classes = static_cast<std::size_t>(file.at("train.epoch.confusion").shape.at(0));
  PartialEpoch partial{static_cast<std::size_t>(batches),
                       file.read_as<double>("train.epoch.loss").at(0), ConfusionMatrix(classes),
                       seconds[2]};
  for (std::size_t i = 0; i < counts.size(); ++i)
    partial.confusion.add(i / classes, i % classes, counts[i]);
  checkpoint.partial = std::move(partial);
  return checkpoint;
}

}  // namespace osteon::train
