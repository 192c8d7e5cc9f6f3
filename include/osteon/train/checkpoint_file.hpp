// Checkpoints of a training: io/checkpoint.hpp's file with the loop's state in it.
#pragma once

#include <osteon/io/checkpoint.hpp>
#include <osteon/train/checkpoint.hpp>
#include <osteon/train/history.hpp>

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
[[nodiscard]] Checkpoint read_loop(const io::SafetensorsFile& file);

}  // namespace osteon::train

#if !defined(OSTEON_COMPILED)
#include <osteon/train/checkpoint_file.ipp>
#endif
