// Tensors: typed scalar, shape, layout and device; the batch is the only run-time extent.
#pragma once

#include <osteon/core/buffer.hpp>
#include <osteon/core/device.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/expression.hpp>
#include <osteon/core/host_mirror.hpp>
#include <osteon/core/layout.hpp>
#include <osteon/core/shape.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <type_traits>

namespace osteon {

namespace error {

// The facts of a mistake, as a named type: the compiler prints it beside the message.
template <class Device>
struct host_access {
  static constexpr bool possible = is_host<Device>;
};

}  // namespace error

/// A view of elements that somebody else owns; T may be const. Copying it is cheap; assigning an
/// expression to it writes the elements. It is valid as long as the memory is.
template <class T, AnyShape S, class L = Contiguous, class D = Cpu>
class TensorView : public ExpressionBase {
 public:
  using element_type = T;
  using value_type = std::remove_const_t<T>;
  using shape_type = S;
  using layout_type = L;
  using device_type = D;

  /// `batch` samples from `data` on; without a run-time batch in S, batch is 1.
  constexpr explicit TensorView(T* data, Index batch = 1) : data_(data), batch_(batch) {}
  TensorView(const TensorView&) = default;
  /// A read-only view of the same elements.
  template <class U>
  requires(std::is_same_v<U, const T> && !std::is_const_v<T>) constexpr
  operator TensorView<U, S, L, D>() const {  // NOLINT: implicit, as T* to const T*
    return TensorView<U, S, L, D>(data_, batch_);
  }

  [[nodiscard]] constexpr T* data() const { return data_; }
  /// Samples; 1 where the shape has no run-time batch.
  [[nodiscard]] constexpr Index batch() const { return batch_; }
  [[nodiscard]] constexpr Index size() const { return batch_ * S::size; }
  /// The elements in memory order; of host memory only, as is element access.
  [[nodiscard]] constexpr std::span<T> span() const {
    static_assert(error::host_access<D>::possible,
                  "osteon: the host cannot read this device's memory; copy the tensor with "
                  "to_device<Cpu>(tensor). The device stands in error::host_access<device>");
    return {data_, static_cast<std::size_t>(size())};
  }
  [[nodiscard]] constexpr TensorView view() const { return *this; }

  /// The element at a logical index (n, c, h, w), whatever the layout.
  template <std::convertible_to<Index>... I>
  [[nodiscard]] constexpr T& operator()(I... index) const {
    static_assert(error::host_access<D>::possible,
                  "osteon: the host cannot read this device's memory; copy the tensor with "
                  "to_device<Cpu>(tensor). The device stands in error::host_access<device>");
    static_assert(error::indices<sizeof...(I), S::rank>::agree,
                  "osteon: one index per axis of the tensor's shape; see error::indices<given, "
                  "expected>");
    return data_[L::offset(S::extents, std::array<Index, S::rank>{static_cast<Index>(index)...})];
  }

  /// Writes an expression of the same shape (or a number) into the elements, in one pass.
  template <class E>
  requires(Operand<E> || Arithmetic<E>) const TensorView& operator=(E&& e) const {
    if constexpr (std::is_const_v<T>) {
      static_assert(error::read_only<TensorView>::may_be_written, "osteon: this view is read-only");
    } else {
      const auto source = detail::wrap<const TensorView&>(std::forward<E>(e));
      using Source = std::remove_const_t<decltype(source)>;
      using Joined = detail::join<TensorView, Source>;
      static_assert(std::is_same_v<typename Joined::shape, S>);
      require(detail::join_batches(source.batch(), batch_) == batch_,
              "elementwise operands must have the same batch: the target has ", batch_,
              " samples, an operand has another number");
      evaluate(D{}, *this, source);
    }
    return *this;
  }
  const TensorView& operator=(const TensorView& other) const {
    return operator=<const TensorView&>(other);
  }

  // clang-format off
  template <class E> const TensorView& operator+=(E&& e) const { return *this = *this + std::forward<E>(e); }
  template <class E> const TensorView& operator-=(E&& e) const { return *this = *this - std::forward<E>(e); }
  template <class E> const TensorView& operator*=(E&& e) const { return *this = *this * std::forward<E>(e); }
  template <class E> const TensorView& operator/=(E&& e) const { return *this = *this / std::forward<E>(e); }
  // clang-format on

 private:
  T* data_;
  Index batch_;
};

/// An owning tensor, zero-initialised. Use a name for it in expressions: temporaries are refused.
template <class T, AnyShape S, class L = Contiguous, class D = Cpu>
class Tensor : public TensorBase {
 public:
  using value_type = T;
  using shape_type = S;
  using layout_type = L;
  using device_type = D;
  using View = TensorView<T, S, L, D>;
  using ConstView = TensorView<const T, S, L, D>;

  Tensor() requires(!S::is_batched) : Tensor(1, Private{}) {}
  explicit Tensor(Index batch) requires(S::is_batched) : Tensor(batch, Private{}) {}

  /// Elements in row-major logical order (N, C, H, W), whatever the layout.
  Tensor(std::initializer_list<T> values) requires(!S::is_batched) : Tensor(1, Private{}) {
    fill(values);
  }
  Tensor(Index batch, std::initializer_list<T> values) requires(S::is_batched)
      : Tensor(batch, Private{}) {
    fill(values);
  }

  /// Evaluates an expression into a new tensor.
  template <Expression E>
  explicit(false) Tensor(const E& e) : Tensor(S::is_batched ? e.batch() : 1, Private{}) {
    view() = e;
  }

  [[nodiscard]] View view() & { return View(buffer_.data(), batch_); }
  [[nodiscard]] ConstView view() const& { return ConstView(buffer_.data(), batch_); }
  operator ConstView() const& { return view(); }  // NOLINT: implicit, a named tensor is a view
  /// A view of a temporary would dangle.
  void view() const&& = delete;
  operator ConstView() const&& = delete;  // NOLINT: as above

  [[nodiscard]] T* data() { return buffer_.data(); }
  [[nodiscard]] const T* data() const { return buffer_.data(); }
  [[nodiscard]] Index batch() const { return batch_; }
  [[nodiscard]] Index size() const { return batch_ * S::size; }
  [[nodiscard]] std::span<T> span() { return view().span(); }
  [[nodiscard]] std::span<const T> span() const { return view().span(); }

  template <std::convertible_to<Index>... I>
  [[nodiscard]] T& operator()(I... index) {
    return view()(index...);
  }
  template <std::convertible_to<Index>... I>
  [[nodiscard]] const T& operator()(I... index) const {
    return view()(index...);
  }

  template <class E>
  requires(Expression<E> || Arithmetic<E>) Tensor& operator=(E&& e) {
    view() = std::forward<E>(e);
    return *this;
  }
  // clang-format off
  template <class E> Tensor& operator+=(E&& e) { view() += std::forward<E>(e); return *this; }
  template <class E> Tensor& operator-=(E&& e) { view() -= std::forward<E>(e); return *this; }
  template <class E> Tensor& operator*=(E&& e) { view() *= std::forward<E>(e); return *this; }
  template <class E> Tensor& operator/=(E&& e) { view() /= std::forward<E>(e); return *this; }
  // clang-format on

 private:
  struct Private {};
  Tensor(Index batch, Private)
      : buffer_(static_cast<std::size_t>((batch < 0 ? 0 : batch) * S::size)), batch_(batch) {
    require(batch >= 0, "a tensor's batch cannot be negative (", batch,
            "): the operands of an expression may differ in their batch");
  }

  void fill(std::initializer_list<T> values) {
    require(static_cast<Index>(values.size()) == size(), "a tensor of shape ", to_string<S>(),
            " with batch ", batch_, " takes ", size(), " values, not ", values.size());
    HostMirror mirror(view());
    Index i = 0;
    for (const T value : values) mirror[storage_offset(i++)] = value;
    mirror.write_back();
  }

  /// Where the i-th element in row-major logical order lies in memory.
  [[nodiscard]] static constexpr Index storage_offset(Index i) {
    std::array<Index, S::rank> index{};
    for (std::size_t axis = S::rank; axis-- > 0;) {
      const Index extent = S::extent(axis);
      index[axis] = extent == dynamic ? i : i % extent;
      if (extent != dynamic) i /= extent;
    }
    return L::offset(S::extents, index);
  }

  Buffer<T, D> buffer_;
  Index batch_;
};

/// A copy in the memory of device `To` (torch.Tensor.to). Waits for what computes the elements.
template <class To, class T, AnyShape S, class L, class From>
[[nodiscard]] Tensor<std::remove_const_t<T>, S, L, To> to_device(
    const TensorView<T, S, L, From>& from) {
  using Copy = Tensor<std::remove_const_t<T>, S, L, To>;
  Copy to = [&] {
    if constexpr (S::is_batched) {
      return Copy(from.batch());
    } else {
      return Copy();
    }
  }();
  copy_across(From{}, To{}, from.size(), from.data(), to.data());
  return to;
}
template <class To, class T, AnyShape S, class L, class From>
[[nodiscard]] Tensor<T, S, L, To> to_device(const Tensor<T, S, L, From>& from) {
  return to_device<To>(from.view());
}

/// The same elements in another layout.
template <class To, class T, AnyShape S, class From, class D>
[[nodiscard]] Tensor<T, S, To, D> to_layout(const Tensor<T, S, From, D>& from) {
  Tensor<T, S, To, D> to = [&] {
    if constexpr (S::is_batched) {
      return Tensor<T, S, To, D>(from.batch());
    } else {
      return Tensor<T, S, To, D>();
    }
  }();
  change_layout(D{}, from.view(), to.view());
  return to;
}

}  // namespace osteon
