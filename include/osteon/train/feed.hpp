// A loader's batches as a model reads them.
//
// On the host they are the loader's own: its threads have normalised them. To another device they
// travel as bytes, a quarter of the memory, and are normalised there; while a batch is computed
// the next one is being copied.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/core/upload.hpp>
#include <osteon/data/loader.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace osteon::train {

template <class Model>
struct InputBatch {
  typename Model::InputView images;  ///< normalised, in the device's memory
  std::span<const int> labels;       ///< in host memory
};

namespace detail {

template <class Model>
class HostSource {
 public:
  HostSource(const data::Loader& loader, std::uint32_t number, std::size_t first)
      : epoch_(loader.epoch(number, first)) {}

  /// The next batch into `batch`; none after the last one.
  void next(std::optional<InputBatch<Model>>& batch) {
    batch.reset();
    if (!epoch_.next(batch_)) return;
    const typename Model::InputView images(batch_.images.data(), static_cast<Index>(batch_.size()));
    batch.emplace(InputBatch<Model>{images, batch_.labels});
  }

 private:
  data::Loader::Epoch<std::vector<float>> epoch_;
  data::Batch batch_;
};

/// Two batches at most: the one that is computed, and the next one on its way.
template <class Model>
class DeviceSource {
  using Device = typename Model::device_type;
  using Pixels = Upload<std::uint8_t, Device>;

 public:
  DeviceSource(const data::Loader& loader, std::uint32_t number, std::size_t first)
      : normalization_(loader.normalization()),
        epoch_(loader.template epoch<typename Pixels::Source>(number, first)) {
    fetch();
  }

  /// As HostSource.
  void next(std::optional<InputBatch<Model>>& batch) {
    batch.reset();
    fetch();
    Slot& slot = slots_[taken_++ % 2];
    if (slot.error) std::rethrow_exception(std::exchange(slot.error, nullptr));
    if (!slot.filled) return;
    const auto count = static_cast<Index>(slot.batch.size());
    if (input_.batch() < count) input_ = typename Model::InputTensor(count);
    const typename Model::InputView images(input_.data(), count);
    slot.pixels.read([&](const std::uint8_t* pixels) {
      normalize(Device{}, images.size(), pixels, normalization_.mean, normalization_.std,
                input_.data());
    });
    batch.emplace(InputBatch<Model>{images, slot.batch.labels});
  }

 private:
  struct Slot {
    data::BatchOf<typename Pixels::Source> batch;
    Pixels pixels;             // after the batch: its destructor waits until that is copied
    std::exception_ptr error;  // instead of a batch
    bool filled = false;
  };

  /// Takes the loader's next batch and starts its copy.
  void fetch() {
    Slot& slot = slots_[fetched_++ % 2];
    slot.pixels.wait();  // the loader's threads write into the memory it gets in exchange
    slot.filled = false;
    try {
      slot.filled = epoch_.next(slot.batch);
      if (slot.filled) slot.pixels.start(slot.batch.images);
    } catch (...) {
      slot.error = std::current_exception();  // thrown when it is this batch's turn
    }
  }

  data::Normalization normalization_;
  data::Loader::Epoch<typename Pixels::Source> epoch_;
  std::array<Slot, 2> slots_;
  std::size_t fetched_ = 0, taken_ = 0;
  typename Model::InputTensor input_{0};
};

}  // namespace detail

/// An epoch of a loader, from its batch `first` on. A batch lives until the next one is asked for;
/// what a transform threw is thrown when the batch's turn comes. Leaving early is fine.
///
///     for (const auto& [images, labels] : Feed<Model>(loader, epoch)) ...
template <class Model>
class Feed {
  using Source = std::conditional_t<is_host<typename Model::device_type>, detail::HostSource<Model>,
                                    detail::DeviceSource<Model>>;

 public:
  /// Throws Error unless the loader's images have the model's size. The loader must outlive it.
  Feed(const data::Loader& loader, std::uint32_t epoch, std::size_t first = 0)
      : source_(checked(loader), epoch, first) {}
  Feed(data::Loader&&, std::uint32_t, std::size_t = 0) = delete;

  class Iterator {
   public:
    explicit Iterator(Feed* feed) : feed_(feed) { ++*this; }
    const InputBatch<Model>& operator*() const { return *feed_->current_; }
    Iterator& operator++() {
      feed_->source_.next(feed_->current_);
      return *this;
    }
    bool operator==(std::nullptr_t) const { return !feed_->current_; }

   private:
    Feed* feed_;
  };
  [[nodiscard]] Iterator begin() { return Iterator(this); }
  [[nodiscard]] std::nullptr_t end() const { return nullptr; }

 private:
  static const data::Loader& checked(const data::Loader& loader) {
    constexpr auto size = static_cast<std::size_t>(Model::input_shape::size);
    require(loader.image_values() == size, "images of ", loader.image_values(),
            " values came to a model that reads ", size);
    return loader;
  }

  Source source_;
  std::optional<InputBatch<Model>> current_;
};

}  // namespace osteon::train
