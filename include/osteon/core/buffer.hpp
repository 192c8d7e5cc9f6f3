// Owning device memory. The Cpu version is 64-byte aligned heap memory; large models never touch
// the stack.
#pragma once

#include <osteon/core/device.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace osteon {

template <class T, class Device>
class Buffer;

/// `size()` zero-initialised elements, aligned for the widest vectors.
template <class T>
class Buffer<T, Cpu> {
 public:
  static constexpr std::size_t alignment = 64;

  Buffer() = default;
  explicit Buffer(std::size_t size) : data_(allocate(size)), size_(size) {
    std::uninitialized_value_construct_n(data_.get(), size);
  }
  Buffer(const Buffer& other) : data_(allocate(other.size_)), size_(other.size_) {
    std::uninitialized_copy_n(other.data(), size_, data_.get());
  }
  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer other) noexcept {
    data_ = std::move(other.data_);
    size_ = other.size_;
    return *this;
  }
  ~Buffer() = default;

  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] const T* data() const { return data_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete (p, std::align_val_t{alignment}); }
  };
  static T* allocate(std::size_t size) {
    return size == 0
               ? nullptr
               : static_cast<T*>(::operator new (size * sizeof(T), std::align_val_t{alignment}));
  }

  std::unique_ptr<T[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace osteon
