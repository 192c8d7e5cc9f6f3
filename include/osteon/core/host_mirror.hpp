// A device's memory as the host sees it: for what is done on the host whatever the device, such as
// drawing initial weights.
#pragma once

#include <osteon/core/buffer.hpp>
#include <osteon/core/device.hpp>
#include <osteon/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>

namespace osteon {

/// to = from, between host memory and host memory. Other devices have these too.
template <class T>
void copy_to_host(Cpu, Index size, const T* from, T* to) {
  std::copy_n(from, size, to);
}
template <class T>
void copy_from_host(Cpu, Index size, const T* from, T* to) {
  std::copy_n(from, size, to);
}

/// to = from, from one device to another through the host.
template <class From, class To, class T>
void copy_across(From from_device, To to_device, Index size, const T* from, T* to) {
  if constexpr (is_host<To>) {
    copy_to_host(from_device, size, from, to);
  } else if constexpr (is_host<From>) {
    copy_from_host(to_device, size, from, to);
  } else {
    Buffer<T, Cpu> between(static_cast<std::size_t>(size));
    copy_to_host(from_device, size, from, between.data());
    copy_from_host(to_device, size, static_cast<const T*>(between.data()), to);
  }
}

/// `size` elements of a device's memory: on the Cpu these themselves, on another device a copy of
/// them in host memory. What is changed reaches the device with write_back(). T may be const.
template <class T, class Device>
class HostMirror {
 public:
  HostMirror(Device device, T* data, Index size)
      : device_(device), data_(data), copy_(static_cast<std::size_t>(size)) {
    copy_to_host(device, size, static_cast<const T*>(data), copy_.data());
  }
  /// Of a tensor view, in memory order.
  template <class View>
  explicit HostMirror(const View& view) : HostMirror(Device{}, view.data(), view.size()) {}

  [[nodiscard]] std::span<T> span() { return {copy_.data(), copy_.size()}; }
  [[nodiscard]] T& operator[](Index i) { return span()[static_cast<std::size_t>(i)]; }

  void write_back() {
    copy_from_host(device_, static_cast<Index>(copy_.size()), static_cast<const T*>(copy_.data()),
                   data_);
  }

 private:
  Device device_;
  T* data_;
  Buffer<std::remove_const_t<T>, Cpu> copy_;
};

template <class T>
class HostMirror<T, Cpu> {
 public:
  HostMirror(Cpu, T* data, Index size) : span_(data, static_cast<std::size_t>(size)) {}
  template <class View>
  explicit HostMirror(const View& view)
      : span_(view.data(), static_cast<std::size_t>(view.size())) {}

  [[nodiscard]] std::span<T> span() const { return span_; }
  [[nodiscard]] T& operator[](Index i) const { return span_[static_cast<std::size_t>(i)]; }

  void write_back() const {}

 private:
  std::span<T> span_;
};

template <class View>
HostMirror(const View&) -> HostMirror<typename View::element_type, typename View::device_type>;
template <class T>
HostMirror(const std::span<T>&) -> HostMirror<T, Cpu>;

}  // namespace osteon
