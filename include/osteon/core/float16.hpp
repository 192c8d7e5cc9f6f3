// The two 16-bit floating-point formats, as memory holds them: half the bytes of float. Nothing is
// computed in them; they become float where they are read, and are rounded where they are written.
#pragma once

#include <osteon/core/host_device.hpp>

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace osteon {

/// bfloat16: the upper half of a float. Its range, and 8 bits of precision.
struct BFloat16 {
  std::uint16_t bits;

  BFloat16() = default;
  /// To the nearest, ties to even.
  OSTEON_HOST_DEVICE constexpr explicit BFloat16(float value) : bits(rounded(value)) {}
  template <class T>
  requires std::is_arithmetic_v<T> OSTEON_HOST_DEVICE constexpr explicit BFloat16(T value)
      : BFloat16(static_cast<float>(value)) {}

  OSTEON_HOST_DEVICE constexpr operator float() const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }

 private:
  OSTEON_HOST_DEVICE static constexpr std::uint16_t rounded(float value) {
    const auto wide = std::bit_cast<std::uint32_t>(value);
    if ((wide & 0x7FFFFFFFU) > 0x7F800000U) {  // not a number, and stays so
      return static_cast<std::uint16_t>(wide >> 16 | 0x40U);
    }
    return static_cast<std::uint16_t>((wide + 0x7FFFU + (wide >> 16 & 1U)) >> 16);
  }
};

/// IEEE 754 binary16, subnormals, infinities and NaN included: up to 65504, 11 bits of precision.
struct Float16 {
  std::uint16_t bits;

  Float16() = default;
  /// To the nearest, ties to even; infinity from 65520 on.
  OSTEON_HOST_DEVICE constexpr explicit Float16(float value) : bits(rounded(value)) {}
  template <class T>
  requires std::is_arithmetic_v<T> OSTEON_HOST_DEVICE constexpr explicit Float16(T value)
      : Float16(static_cast<float>(value)) {}

  OSTEON_HOST_DEVICE constexpr operator float() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
    const std::uint32_t exponent = (bits >> 10) & 0x1FU;
    const std::uint32_t mantissa = bits & 0x3FFU;
    if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24, exact in float
      const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
      return sign != 0 ? -magnitude : magnitude;
    }
    // Infinity and NaN keep an all-ones exponent; the others are re-biased from 15 to 127.
    const std::uint32_t wide = exponent == 0x1F ? 0xFFU : exponent + (127 - 15);
    return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
  }

 private:
  OSTEON_HOST_DEVICE static constexpr std::uint16_t rounded(float value) {
    const auto wide = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>(wide >> 16 & 0x8000U);
    const std::uint32_t magnitude = wide & 0x7FFFFFFFU;
    const auto signed_bits = [&](std::uint32_t narrow) {
      return static_cast<std::uint16_t>(sign | narrow);
    };
    if (magnitude > 0x7F800000U) return signed_bits(0x7E00U);   // not a number
    if (magnitude >= 0x477FF000U) return signed_bits(0x7C00U);  // 65520 and more: infinity
    if (magnitude < 0x38800000U) {
      // Below 2^-14: adding 0.5 leaves multiples of 2^-24, rounded as float rounds.
      const float sum = std::bit_cast<float>(magnitude) + 0.5F;
      return signed_bits(std::bit_cast<std::uint32_t>(sum) - std::bit_cast<std::uint32_t>(0.5F));
    }
    const std::uint32_t biased = magnitude - ((127U - 15U) << 23);
    return signed_bits((biased + 0xFFFU + (biased >> 13 & 1U)) >> 13);
  }
};

template <class T>
inline constexpr bool is_float16 = std::same_as<T, BFloat16> || std::same_as<T, Float16>;

/// What values of type T are computed in, and parameters of networks with such values kept in:
/// float for the 16-bit types, T itself for others.
template <class T>
using ComputeType = std::conditional_t<is_float16<T>, float, T>;

}  // namespace osteon
