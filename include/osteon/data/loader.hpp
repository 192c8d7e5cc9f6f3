// Shuffled batches, made ahead of time by threads.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/random.hpp>
#include <osteon/data/image_dataset.hpp>
#include <osteon/data/transforms.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace osteon::data {

/// `Images` is a vector of floats, for normalised images, or of bytes, for the pixels as they are:
/// a quarter of the memory, for devices that normalise themselves.
template <class Images>
struct BatchOf {
  Images images;                     ///< (N, size, size, 3), channels last
  std::vector<int> labels;           ///< (N)
  std::vector<std::size_t> indices;  ///< (N): positions in the data set

  [[nodiscard]] std::size_t size() const { return labels.size(); }
};
using Batch = BatchOf<std::vector<float>>;

/// The random numbers of a sample in an epoch, `index` being its position in the data set: a stream
/// of its own, so that what is drawn depends neither on the order of the samples nor on the
/// threads. `repeat` counts how often the epoch took the sample before.
[[nodiscard]] constexpr Random sample_random(std::uint64_t seed, std::uint32_t epoch,
                                             std::size_t index, std::uint32_t repeat = 0) {
  return Random(seed + 0x9E3779B97F4A7C15U * repeat, std::uint64_t{epoch} << 32 | index);
}

struct LoaderOptions {
  std::size_t batch_size = 64;
  bool shuffle = false;
  std::uint64_t seed = 0;
  int threads = 1;           ///< that make batches; with 0 each is made when it is asked for
  std::size_t prefetch = 4;  ///< batches made ahead, at most
  Normalization normalization = imagenet_normalization;
  /// Changes a copy of an image, (size, size, 3), before it is normalised: the place for
  /// Augment({...}) of data/augment.hpp, in the loader of the training images alone. Called from
  /// several threads, each time with sample_random(seed, epoch, index, repeat).
  std::function<void(std::span<std::uint8_t> image, int size, Random& random)> transform = {};
  /// Which samples an epoch takes: as many positions in the loader's indices as there are, a sample
  /// perhaps several times or not at all, such as BalancedSampler's. Without one, each once.
  std::function<std::vector<std::size_t>(Random& random)> sampler = {};
};

/// Batches of chosen samples of a data set, which must outlive it. Order and content are a function
/// of (seed, epoch). The last batch may be smaller.
///
///     for (const Batch& batch : loader.epoch(e)) ...
class Loader {
 public:
  template <class Images>
  class Epoch;

  Loader(const ImageDataset& dataset, std::vector<std::size_t> indices, LoaderOptions options = {});
  Loader(ImageDataset&&, std::vector<std::size_t>, LoaderOptions = {}) = delete;

  [[nodiscard]] std::size_t samples() const { return indices_.size(); }
  [[nodiscard]] std::size_t batches() const {
    return (indices_.size() + options_.batch_size - 1) / options_.batch_size;
  }
  /// Of one image: size * size * 3.
  [[nodiscard]] std::size_t image_values() const { return dataset_->image_bytes(); }
  /// What a batch of bytes still needs.
  [[nodiscard]] const Normalization& normalization() const { return options_.normalization; }

  /// Starts to make the batches of an epoch, from the one at `first` (0: all of them) to the last:
  /// BatchOf<Images>. The loader must outlive it.
  template <class Images = std::vector<float>>
  [[nodiscard]] Epoch<Images> epoch(std::uint32_t number, std::size_t first = 0) const&;
  template <class Images = std::vector<float>>
  Epoch<Images> epoch(std::uint32_t number, std::size_t first = 0) const&& = delete;

 private:
  // Philox streams: two for the choice and the order of each epoch, one for each sample in each
  // epoch.
  static constexpr std::uint64_t order_stream = std::uint64_t{1} << 63;
  static constexpr std::uint64_t sampler_stream = order_stream | std::uint64_t{1} << 32;

  struct Draw {
    std::size_t index;
    std::uint32_t repeat;  // of this sample in this epoch, from 0
  };

  [[nodiscard]] std::vector<std::size_t> choose(std::uint32_t epoch) const;
  [[nodiscard]] std::vector<Draw> order(std::uint32_t epoch) const;

  template <class Images>
  void fill(BatchOf<Images>& batch, std::span<const Draw> chosen, std::uint32_t epoch) const {
    const std::size_t values = image_values();
    batch.indices.resize(chosen.size());
    batch.labels.resize(chosen.size());
    batch.images.resize(chosen.size() * values);
    std::vector<std::uint8_t> copy;
    for (std::size_t n = 0; n < chosen.size(); ++n) {
      batch.indices[n] = chosen[n].index;
      batch.labels[n] = dataset_->label(chosen[n].index);
      const auto image = std::span(batch.images).subspan(n * values, values);
      if constexpr (std::is_same_v<typename Images::value_type, std::uint8_t>) {
        std::ranges::copy(dataset_->image(chosen[n].index), image.begin());
        transform(image, chosen[n], epoch);
      } else {
        normalizer_(transformed(copy, chosen[n], epoch), image);
      }
    }
  }

  void transform(std::span<std::uint8_t> image, const Draw& draw, std::uint32_t epoch) const;

  /// The image itself, or its transform in `copy`.
  std::span<const std::uint8_t> transformed(std::vector<std::uint8_t>& copy, const Draw& draw,
                                            std::uint32_t epoch) const;

  const ImageDataset* dataset_;
  std::vector<std::size_t> indices_;
  LoaderOptions options_;
  Normalizer normalizer_;
};

/// One pass over the samples. Leaving it early is fine: the threads are stopped and joined.
template <class Images>
class Loader::Epoch {
 public:
  using Batch = BatchOf<Images>;

  Epoch(const Loader& loader, std::uint32_t number, std::size_t first)
      : loader_(loader),
        number_(number),
        order_(loader.order(number)),
        batches_(loader.batches()),
        slots_(std::max<std::size_t>(loader.options_.prefetch, 1)),
        started_(first),
        taken_(first) {
    require(first <= batches_, "an epoch of ", batches_, " batches has no batch ", first);
    for (int t = 0; t < loader.options_.threads; ++t) threads_.emplace_back([this] { work(); });
  }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;
  ~Epoch() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    room_.notify_all();
  }

  /// The next batch into `batch`, whose memory is reused; false after the last one. Rethrows what a
  /// transform threw for this batch.
  bool next(Batch& batch) {
    if (taken_ == batches_) return false;
    if (threads_.empty()) {
      loader_.fill(batch, chosen(taken_++), number_);
      return true;
    }
    std::unique_lock lock(mutex_);
    Slot& slot = slots_[taken_ % slots_.size()];
    ready_.wait(lock, [&] { return slot.ready; });
    std::swap(batch, slot.batch);
    const std::exception_ptr error = std::exchange(slot.error, nullptr);
    slot.ready = false;
    ++taken_;
    lock.unlock();
    room_.notify_all();
    if (error) std::rethrow_exception(error);
    return true;
  }

  /// An input iterator; every batch lives until the next one is asked for.
  class Iterator {
   public:
    explicit Iterator(Epoch* epoch) : epoch_(epoch) { ++*this; }
    Batch& operator*() const { return epoch_->current_; }
    Iterator& operator++() {
      if (!epoch_->next(epoch_->current_)) epoch_ = nullptr;
      return *this;
    }
    bool operator==(std::nullptr_t) const { return epoch_ == nullptr; }

   private:
    Epoch* epoch_;
  };
  [[nodiscard]] Iterator begin() { return Iterator(this); }
  [[nodiscard]] std::nullptr_t end() const { return nullptr; }

 private:
  struct Slot {
    Batch batch;
    std::exception_ptr error;
    bool ready = false;
  };

  [[nodiscard]] std::span<const Draw> chosen(std::size_t batch) const {
    const std::size_t first = batch * loader_.options_.batch_size;
    return std::span(order_).subspan(first,
                                     std::min(loader_.options_.batch_size, order_.size() - first));
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      // A slot is free when the batch that was in it has been taken.
      room_.wait(
          lock, [&] { return stop_ || started_ == batches_ || started_ < taken_ + slots_.size(); });
      if (stop_ || started_ == batches_) return;
      const std::size_t number = started_++;
      Slot& slot = slots_[number % slots_.size()];
      lock.unlock();
      try {
        loader_.fill(slot.batch, chosen(number), number_);
      } catch (...) {
        slot.error = std::current_exception();
      }
      lock.lock();
      slot.ready = true;
      ready_.notify_one();
    }
  }

  const Loader& loader_;
  std::uint32_t number_;
  std::vector<Draw> order_;
  std::size_t batches_;
  Batch current_;

  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::vector<Slot> slots_;
  std::size_t started_;
  std::size_t taken_;
  bool stop_ = false;
  std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

template <class Images>
Loader::Epoch<Images> Loader::epoch(std::uint32_t number, std::size_t first) const& {
  return Epoch<Images>(*this, number, first);
}

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/loader.ipp>
#endif
