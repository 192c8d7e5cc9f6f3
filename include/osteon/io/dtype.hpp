// Element types as files name them (safetensors' names), and conversion of their bytes to numbers.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/float16.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace osteon::io {

static_assert(std::endian::native == std::endian::little,
              "the file formats here are little-endian and read without swapping");

/// Bytes an element takes: dtype_size("F32") == 4. Empty for an unknown name.
[[nodiscard]] constexpr std::optional<std::size_t> dtype_size(std::string_view dtype) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 15> sizes{{{"F64", 8},
                                                                            {"F32", 4},
                                                                            {"F16", 2},
                                                                            {"BF16", 2},
                                                                            {"F8_E4M3", 1},
                                                                            {"F8_E5M2", 1},
                                                                            {"I64", 8},
                                                                            {"I32", 4},
                                                                            {"I16", 2},
                                                                            {"I8", 1},
                                                                            {"U64", 8},
                                                                            {"U32", 4},
                                                                            {"U16", 2},
                                                                            {"U8", 1},
                                                                            {"BOOL", 1}}};
  for (const auto& [name, size] : sizes)
    if (name == dtype) return size;
  return std::nullopt;
}

/// The name of a C++ type: dtype_of<float>() == "F32".
template <class T>
[[nodiscard]] constexpr std::string_view dtype_of() {
  if constexpr (std::same_as<T, double>)
    return "F64";
  else if constexpr (std::same_as<T, float>)
    return "F32";
  else if constexpr (std::same_as<T, bool>)
    return "BOOL";
  else if constexpr (std::integral<T>) {
    constexpr std::array<std::string_view, 4> signed_names{"I8", "I16", "I32", "I64"};
    constexpr std::array<std::string_view, 4> unsigned_names{"U8", "U16", "U32", "U64"};
    constexpr std::size_t index = std::bit_width(sizeof(T)) - 1;
    return std::signed_integral<T> ? signed_names[index] : unsigned_names[index];
  } else {
    static_assert(std::integral<T>, "this C++ type has no dtype name");
  }
}

namespace detail {

template <class Stored, class T>
std::vector<T> convert_elements(std::span<const std::byte> bytes, std::string_view where) {
  std::vector<T> values(bytes.size() / sizeof(Stored));
  if constexpr (std::same_as<Stored, T> && !std::same_as<T, bool>) {
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  } else {
    for (std::size_t i = 0; i < values.size(); ++i) {
      Stored stored;  // memcpy, because a file may hold its elements unaligned
      std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
      if constexpr (std::integral<T> && std::integral<Stored>) {
        require(std::in_range<T>(stored), where, ": element ", i, " is ", stored,
                ", which doesn't fit the integer type asked for; read it as a wider type");
      }
      values[i] = static_cast<T>(stored);
    }
    return values;
  }
}

}  // namespace detail

/// The elements in `bytes`, stored as `dtype`, as numbers of type T: any stored type to float or
/// double, integers and BOOL to integers (range checked). Throws Error, opened by `where`,
/// otherwise.
template <class T>
requires(std::floating_point<T> || (std::integral<T> && !std::same_as<T, bool>))
    [[nodiscard]] std::vector<T> convert_elements(std::string_view dtype,
                                                  std::span<const std::byte> bytes,
                                                  std::string_view where) {
  if constexpr (std::floating_point<T>) {
    if (dtype == "F32") return detail::convert_elements<float, T>(bytes, where);
    if (dtype == "F64") return detail::convert_elements<double, T>(bytes, where);
    if (dtype == "F16" || dtype == "BF16") {
      const auto widen = [&]<class Half>(Half) {
        std::vector<T> values(bytes.size() / sizeof(Half));
        for (std::size_t i = 0; i < values.size(); ++i) {
          Half half;
          std::memcpy(&half, bytes.data() + i * sizeof(Half), sizeof(Half));
          values[i] = static_cast<T>(static_cast<float>(half));
        }
        return values;
      };
      return dtype == "F16" ? widen(Float16{}) : widen(BFloat16{});
    }
  }
  if (dtype == "I64") return detail::convert_elements<std::int64_t, T>(bytes, where);
  if (dtype == "I32") return detail::convert_elements<std::int32_t, T>(bytes, where);
  if (dtype == "I16") return detail::convert_elements<std::int16_t, T>(bytes, where);
  if (dtype == "I8") return detail::convert_elements<std::int8_t, T>(bytes, where);
  if (dtype == "U64") return detail::convert_elements<std::uint64_t, T>(bytes, where);
  if (dtype == "U32") return detail::convert_elements<std::uint32_t, T>(bytes, where);
  if (dtype == "U16") return detail::convert_elements<std::uint16_t, T>(bytes, where);
  if (dtype == "U8" || dtype == "BOOL")
    return detail::convert_elements<std::uint8_t, T>(bytes, where);
  fail(where, ": elements of type ", dtype, " can't be read as ", dtype_of<T>());
}

/// "[64, 3, 7, 7]".
[[nodiscard]] std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/dtype.ipp>
#endif
