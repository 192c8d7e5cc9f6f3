// xtensor's expressions and NumPy's .npy files as tensors, and back. Needs xtensor (on Debian and
// Ubuntu: libxtensor-dev); its headers take seconds to compile, so nothing else includes them.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/io/atomic_file.hpp>

#include <xtensor/xadapt.hpp>
#include <xtensor/xnpy.hpp>
#include <xtensor/xtensor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

namespace osteon::io {

namespace detail {

/// Elements of memory from one index of an axis to the next; 0 where the axis has one index, as
/// xtensor wants it.
template <AnyShape S, class L>
std::array<std::ptrdiff_t, S::rank> strides() {
  std::array<std::ptrdiff_t, S::rank> steps{};
  for (std::size_t axis = 0; axis < S::rank; ++axis) {
    std::array<Index, S::rank> index{};
    index[axis] = 1;
    if (S::extent(axis) != 1) steps[axis] = L::offset(S::extents, index);
  }
  return steps;
}

/// "3x224x224" of run-time extents.
template <class Extents>
std::string shape_text(const Extents& extents) {
  std::string text;
  for (const auto extent : extents) text += concat(text.empty() ? "" : "x", extent);
  return text.empty() ? "a single number" : text;
}

/// Samples of an array with these extents as a tensor of shape S; an Error, where they do not fit.
template <AnyShape S, class Extents>
Index batch_of(const Extents& extents, const std::string& what) {
  bool fits = extents.size() == S::rank;
  for (std::size_t axis = 0; fits && axis < S::rank; ++axis)
    fits = S::extent(axis) == dynamic || S::extent(axis) == static_cast<Index>(extents[axis]);
  require(fits, what, " has the shape ", shape_text(extents), "; ", to_string<S>(), " is wanted",
          S::is_batched ? " (N: any number)" : "");
  if constexpr (S::is_batched) return static_cast<Index>(extents[0]);
  return 1;
}

template <class T, AnyShape S, class L>
Tensor<T, S, L> make_tensor(Index batch) {
  if constexpr (S::is_batched) {
    return Tensor<T, S, L>(batch);
  } else {
    return Tensor<T, S, L>();
  }
}

/// The content of a .npy file with a header that xtensor reads right: version 1, without spaces, of
/// less than 128 characters (it takes the length's bytes for signed), and as many numbers of `size`
/// bytes as its shape says. Throws Error for any other file.
inline std::string checked_npy(const std::filesystem::path& path, std::size_t size) {
  const std::string content = read_file(path);
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(content[i]));
  };
  require(content.size() >= 12 && content.starts_with("\x93NUMPY"), path.string(),
          " is no .npy file: it does not begin with NumPy's magic words");
  const std::size_t begin = byte(6) == 1 ? 10 : 12;  // version 1 has a length of two bytes
  std::size_t length = byte(8) + (byte(9) << 8);
  if (begin == 12) length += (byte(10) << 16) + (byte(11) << 24);
  require(length <= content.size() - begin, path.string(),
          " ends within its header: copy or download it again");
  std::string header = content.substr(begin, length);
  std::erase_if(header, [](char c) { return c == ' ' || c == '\n'; });
  static const std::regex form(
      R"(\{'descr':'[^']*','fortran_order':(True|False),'shape':\(((\d{1,18}(,\d{1,18})*,?)?)\),?\})");
  std::smatch parts;
  require(header.size() < 127 && std::regex_match(header, parts, form), path.string(),
          " has a header that NumPy does not write: save the array again with numpy.save");

  std::istringstream extents(parts[2]);
  std::size_t count = 1, room = (content.size() - begin - length) / size;
  for (std::string extent; std::getline(extents, extent, ',');) {
    const std::size_t n = std::stoull(extent);
    require(n == 0 || count <= room / n, path.string(),
            " ends before its numbers do, of the shape ", parts[2].str(),
            ": copy or download it again");
    count *= n;
  }
  header += '\n';
  return concat(std::string_view("\x93NUMPY\x01\x00", 8), static_cast<char>(header.size()), '\0',
                header, content.substr(begin + length));
}

}  // namespace detail

/// The view's elements as an expression of xtensor, in logical order (N, C, H, W) whatever the
/// layout. Nothing is copied: it is valid as long as the memory is, and writing to it writes there.
template <class T, AnyShape S, class L>
[[nodiscard]] auto as_xtensor(const TensorView<T, S, L, Cpu>& view) {
  std::array<std::size_t, S::rank> extents{};
  for (std::size_t axis = 0; axis < S::rank; ++axis)
    extents[axis] = static_cast<std::size_t>(S::extent(axis));
  auto strides = detail::strides<S, L>();
  if constexpr (S::is_batched) {
    extents[0] = static_cast<std::size_t>(view.batch());
    if (view.batch() == 1) strides[0] = 0;
  }
  return xt::adapt(view.data(), static_cast<std::size_t>(view.size()), xt::no_ownership(), extents,
                   strides);
}
template <class T, AnyShape S, class L>
[[nodiscard]] auto as_xtensor(Tensor<T, S, L, Cpu>& tensor) {
  return as_xtensor(tensor.view());
}
template <class T, AnyShape S, class L>
[[nodiscard]] auto as_xtensor(const Tensor<T, S, L, Cpu>& tensor) {
  return as_xtensor(tensor.view());
}
/// A view of a temporary would dangle.
template <class T, AnyShape S, class L>
void as_xtensor(const Tensor<T, S, L, Cpu>&& tensor) = delete;

/// An expression of xtensor, evaluated into a tensor of shape S. Throws Error if its extents are
/// not those of S. `what` names it in the message.
template <AnyShape S, class L = Contiguous, class E>
[[nodiscard]] auto from_xtensor(const xt::xexpression<E>& expression,
                                const std::string& what = "the expression") {
  using T = std::remove_const_t<typename E::value_type>;
  const E& source = expression.derived_cast();
  auto tensor = detail::make_tensor<T, S, L>(detail::batch_of<S>(source.shape(), what));
  auto target = as_xtensor(tensor);
  constexpr auto order = xt::layout_type::row_major;
  std::copy(source.template cbegin<order>(), source.template cend<order>(),
            target.template begin<order>());
  return tensor;
}

/// Writes a .npy file, in NumPy's C order (N, C, H, W), whole or not at all. Throws Error if it
/// cannot be written.
template <class T, AnyShape S, class L>
void save_npy(const std::filesystem::path& path, const TensorView<T, S, L, Cpu>& view) {
  using Ordered = xt::xtensor<std::remove_const_t<T>, S::rank, xt::layout_type::row_major>;
  write_file(path, xt::dump_npy(Ordered(as_xtensor(view))));
}
template <class T, AnyShape S, class L>
void save_npy(const std::filesystem::path& path, const Tensor<T, S, L, Cpu>& tensor) {
  save_npy(path, tensor.view());
}

/// Reads a .npy file of Ts, in C or Fortran order. Throws Error if it is no such file, its end is
/// missing, its type is another one, or its shape is not S.
template <class T, AnyShape S, class L = Contiguous>
[[nodiscard]] Tensor<T, S, L> load_npy(const std::filesystem::path& path) {
  std::istringstream stream(detail::checked_npy(path, sizeof(T)));
  const auto load = [&] {
    try {
      return xt::load_npy<T>(stream);
    } catch (const std::exception& e) {
      fail(path.string(), " cannot be read as .npy: ", std::string_view(e.what()));
    }
  };
  return from_xtensor<S, L>(load(), path.string());
}

}  // namespace osteon::io
