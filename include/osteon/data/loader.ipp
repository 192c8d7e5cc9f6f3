// Definitions of loader.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/data/loader.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace osteon::data {

OSTEON_INLINE Loader::Loader(const ImageDataset& dataset, std::vector<std::size_t> indices,
                             LoaderOptions options)
    : dataset_(&dataset),
      indices_(std::move(indices)),
      options_(std::move(options)),
      normalizer_(options_.normalization) {
  require(options_.batch_size > 0, "the batch size is 0; it must be at least 1");
  for (const std::size_t i : indices_)
    require(i < dataset.size(), "no sample ", i, " in a data set of ", dataset.size());
}

OSTEON_INLINE std::vector<std::size_t> Loader::choose(std::uint32_t epoch) const {
  if (!options_.sampler) return indices_;
  Random random(options_.seed, sampler_stream | epoch);
  std::vector<std::size_t> chosen = options_.sampler(random);
  require(chosen.size() == samples(), "the sampler drew ", chosen.size(), " of ", samples(),
          " samples; an epoch is as many as there are");
  for (std::size_t& i : chosen) {
    require(i < samples(), "the sampler drew sample ", i, " of ", samples());
    i = indices_[i];
  }
  return chosen;
}

OSTEON_INLINE std::vector<Loader::Draw> Loader::order(std::uint32_t epoch) const {
  std::vector<std::size_t> chosen = choose(epoch);
  if (options_.shuffle) Random(options_.seed, order_stream | epoch).shuffle(std::span(chosen));
  std::vector<std::uint32_t> seen(dataset_->size());
  std::vector<Draw> draws;
  draws.reserve(chosen.size());
  for (const std::size_t i : chosen) draws.push_back({i, seen[i]++});
  return draws;
}

OSTEON_INLINE void Loader::transform(std::span<std::uint8_t> image, const Draw& draw,
                                     std::uint32_t epoch) const {
  if (!options_.transform) return;
  Random random = sample_random(options_.seed, epoch, draw.index, draw.repeat);
  options_.transform(image, dataset_->image_size, random);
}

OSTEON_INLINE std::span<const std::uint8_t> Loader::transformed(std::vector<std::uint8_t>& copy,
                                                                const Draw& draw,
                                                                std::uint32_t epoch) const {
  const std::span<const std::uint8_t> image = dataset_->image(draw.index);
  if (!options_.transform) return image;
  copy.assign(image.begin(), image.end());
  transform(copy, draw, epoch);
  return copy;
}

}  // namespace osteon::data
