// Checkpoints of a training: io/checkpoint.hpp's file with the loop's state in it.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/checkpoint.hpp>
#include <osteon/train/checkpoint.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

namespace osteon::train {

/// Writes `state` and `checkpoint` as io::write_checkpoint does.
template <class T>
void write_checkpoint(const std::filesystem::path& path, const io::TrainingState<const T>& state,
                      const Checkpoint& checkpoint, io::Metadata metadata = {}) {
  // A row per epoch, with history.csv's columns: numbers, so that no digit is lost.
  std::vector<double> history;
  for (const EpochRecord& r : checkpoint.history) {
    history.insert(history.end(), {r.train_loss, r.train_accuracy, r.val_loss, r.val_accuracy,
                                   r.learning_rate, r.seconds, r.images_per_second});
  }
  const auto epochs = static_cast<std::int64_t>(checkpoint.history.size());
  std::array<double, 3> seconds{checkpoint.seconds, checkpoint.training_seconds, 0};
  std::vector<io::TensorToWrite> tensors{
      io::tensor_to_write<double>("train.history", {epochs, 7}, history),
      io::tensor_to_write<double>("train.seconds", {3}, seconds)};

  std::int64_t batches = 0;
  std::vector<std::int64_t> confusion;
  if (checkpoint.partial) {
    const PartialEpoch& partial = *checkpoint.partial;
    const std::size_t classes = partial.confusion.classes();
    seconds[2] = partial.seconds;
    batches = static_cast<std::int64_t>(partial.batches);
    for (std::size_t truth = 0; truth < classes; ++truth)
      for (std::size_t k = 0; k < classes; ++k) confusion.push_back(partial.confusion(truth, k));
    const auto n = static_cast<std::int64_t>(classes);
    tensors.push_back(
        io::tensor_to_write<std::int64_t>("train.epoch.batches", {}, std::span(&batches, 1)));
    tensors.push_back(
        io::tensor_to_write<double>("train.epoch.loss", {}, std::span(&partial.loss, 1)));
    tensors.push_back(
        io::tensor_to_write<std::int64_t>("train.epoch.confusion", {n, n}, confusion));
  }
  io::write_checkpoint<T>(path, state, tensors, std::move(metadata));
}

/// The loop's state in a file that write_checkpoint wrote.
[[nodiscard]] inline Checkpoint read_loop(const io::SafetensorsFile& file) {
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
