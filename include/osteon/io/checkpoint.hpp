// Training checkpoints: everything that the next step depends on, so that a run that is continued
// equals one that was never stopped, bit for bit.
//
// A safetensors file. "mask" has a bit per parameter, the lowest bit of a byte first;
// "model.parameters" and "optimizer.*" hold the kept parameters alone, in the arena's order, so a
// removed weight takes an eighth of a byte; "model.buffers" holds running statistics. "sha256", the
// last 32 bytes, is the digest of all bytes before it.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/io/atomic_file.hpp>
#include <osteon/io/model_state.hpp>
#include <osteon/io/safetensors.hpp>
#include <osteon/io/sha256.hpp>
#include <osteon/io/training_state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace osteon::io {
namespace detail {

/// Equal for networks with the same parameters and buffers, by name, extents and place.
[[nodiscard]] std::string network_digest(const std::vector<nn::LayerInfo>& layers);

[[nodiscard]] std::vector<std::uint8_t> pack_bits(std::span<const std::uint8_t> mask);

template <class T>
[[nodiscard]] std::vector<T> gather_kept(std::span<const T> values,
                                         std::span<const std::uint8_t> mask,
                                         const std::string& name) {
  std::vector<T> kept;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (mask[i] != 0) {
      kept.push_back(values[i]);
    } else {
      require(values[i] == T(0), "cannot write a checkpoint: ", name, " is ", values[i],
              " where the mask has removed the weight; call mask.apply(model) before training and "
              "train with that mask");
    }
  }
  return kept;
}

template <class T>
void scatter_kept(std::span<const T> kept, std::span<const std::uint8_t> mask,
                  std::span<T> values) {
  auto next = kept.begin();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = mask[i] != 0 ? *next++ : T(0);
}

}  // namespace detail

/// Where write_checkpoint keeps the one before: "a.safetensors" -> "a.previous.safetensors".
[[nodiscard]] std::filesystem::path previous_checkpoint(std::filesystem::path path);

namespace detail {

/// Gives a checkpoint its second name, so that the first one can be replaced.
void keep_previous(const std::filesystem::path& path);

}  // namespace detail

/// Writes `state`, and `others` beside it, atomically. An earlier checkpoint of that name is kept
/// as previous_checkpoint(path). Fails, with nothing changed, on a removed weight that is not zero
/// or a file that cannot be written.
template <class T>
void write_checkpoint(const std::filesystem::path& path, const TrainingState<const T>& state,
                      std::span<const TensorToWrite> others = {}, Metadata metadata = {}) {
  std::vector<TensorToWrite> tensors(others.begin(), others.end());
  std::vector<std::vector<T>> values;  // tensors point into it: a vector that moves keeps its place
  const auto add_kept = [&](std::string name, std::span<const T> all) {
    values.push_back(detail::gather_kept(all, state.mask, name));
    tensors.push_back(tensor_to_write<T>(
        std::move(name), {static_cast<Index>(values.back().size())}, values.back()));
  };
  add_kept("model.parameters", state.model.parameters);
  for (const auto& [name, all] : state.optimizer) add_kept("optimizer." + name, all);
  tensors.push_back(tensor_to_write<T>(
      "model.buffers", {static_cast<Index>(state.model.buffers.size())}, state.model.buffers));
  const auto add_counter = [&]<class Count>(std::string name, const Count& count) {
    tensors.push_back(tensor_to_write<Count>(std::move(name), {}, std::span(&count, 1)));
  };
  add_counter("model.num_batches_tracked", state.model.batches_tracked);
  add_counter("model.seed", state.seed);
  add_counter("optimizer.step", state.steps);
  const std::vector<std::uint8_t> bits = detail::pack_bits(state.mask);
  tensors.push_back(tensor_to_write<std::uint8_t>("mask", {static_cast<Index>(bits.size())}, bits));
  Digest digest{};  // of the narrowest type and added last, it ends the file
  tensors.push_back(tensor_to_write<std::uint8_t>("sha256", {32}, digest));

  metadata["network"] = detail::network_digest(state.model.layers);
  const auto layout = detail::lay_out_safetensors(path, tensors, metadata);
  AtomicFile file(path);
  Sha256 hash;
  const auto write = [&](std::span<const std::byte> bytes) {
    hash.update(bytes);
    file.write(bytes);
  };
  write(std::as_bytes(std::span(layout.head)));
  for (const TensorToWrite* tensor : layout.order) {
    if (tensor == layout.order.back()) digest = hash.finish();
    write(tensor->bytes);
  }
  detail::keep_previous(path);
  file.commit();
}

/// Reads a checkpoint. Throws Error on a file that is damaged: every byte is checked.
[[nodiscard]] SafetensorsFile read_checkpoint(const std::filesystem::path& path);

/// The checkpoint at `path`; where it is damaged, the one before it, and `warn` is told; nothing
/// where there is neither. Fails when no whole one is left. No file is changed: who goes on from
/// the one before renames it to `path`, since write_checkpoint would replace it by the damaged one.
[[nodiscard]] std::optional<SafetensorsFile> read_latest_checkpoint(
    const std::filesystem::path& path, const std::function<void(const std::string&)>& warn);

/// Copies a checkpoint into `state`'s vectors and counters (see set_counters). Fails, with all of
/// them unchanged, on a checkpoint of another network or optimizer.
template <class T>
void restore(const SafetensorsFile& file, TrainingState<T>& state) {
  const auto network = file.metadata().find("network");
  require(network != file.metadata().end() &&
              network->second == detail::network_digest(state.model.layers),
          file.where(), " is not a checkpoint of this network: layers or sizes differ");

  std::vector<std::uint8_t> mask(state.mask.size());
  const auto bits = file.template read_as<std::uint8_t>("mask");
  require(bits.size() == (mask.size() + 7) / 8, file.where(), " has a mask of ", bits.size(),
          " bytes for ", mask.size(), " parameters");
  for (std::size_t i = 0; i < mask.size(); ++i)
    mask[i] = static_cast<std::uint8_t>(bits[i / 8] >> (i % 8) & 1U);
  const auto kept = static_cast<std::size_t>(std::ranges::count(mask, 1));

  const auto read = [&](const std::string& name, std::size_t size) {
    require(file.find(name) != nullptr, file.where(),
            " is a checkpoint of another optimizer: ", name, " is missing");
    auto values = file.template read_as<T>(name);
    require(values.size() == size, file.where(), ": ", name, " has ", values.size(),
            " values instead of ", size);
    return values;
  };
  const auto parameters = read("model.parameters", kept);
  const auto buffers = read("model.buffers", state.model.buffers.size());
  std::vector<std::vector<T>> optimizer;
  for (const auto& [name, values] : state.optimizer)
    optimizer.push_back(read("optimizer." + name, kept));
  const auto batches = file.template read_as<std::int64_t>("model.num_batches_tracked").at(0);
  const auto seed = file.template read_as<std::uint64_t>("model.seed").at(0);
  const auto steps = file.template read_as<std::uint64_t>("optimizer.step").at(0);

  std::ranges::copy(mask, state.mask.begin());
  detail::scatter_kept<T>(parameters, mask, state.model.parameters);
  std::ranges::copy(buffers, state.model.buffers.begin());
  for (std::size_t i = 0; i < optimizer.size(); ++i)
    detail::scatter_kept<T>(optimizer[i], mask, state.optimizer[i].second);
  state.model.batches_tracked = batches;
  state.seed = seed;
  state.steps = steps;
}

/// write_checkpoint() of a model, its optimizer and its mask.
template <class Model, class Optimizer>
void save_checkpoint(const std::filesystem::path& path, const Model& model, Optimizer& optimizer,
                     const prune::Mask<Model>& mask, const Metadata& metadata = {}) {
  write_checkpoint<typename Model::value_type>(path, training_state(model, optimizer, mask), {},
                                               metadata);
}

/// Reads what save_checkpoint wrote, and returns its metadata. Fails, with model, optimizer and
/// mask unchanged, on a damaged file or one of another network or optimizer.
template <class Model, class Optimizer>
Metadata load_checkpoint(const std::filesystem::path& path, Model& model, Optimizer& optimizer,
                         prune::Mask<Model>& mask) {
  const SafetensorsFile file = read_checkpoint(path);
  auto state = training_state(model, optimizer, mask);
  restore(file, state);
  set_counters(state, model, optimizer);
  return file.metadata();
}

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/checkpoint.ipp>
#endif
