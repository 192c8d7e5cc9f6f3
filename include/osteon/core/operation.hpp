// The elementwise operations, as functors: a backend applies them to scalars (Thrust) or maps them
// to its own vectorised expressions (Eigen).
#pragma once

#include <osteon/core/host_device.hpp>

#include <cmath>
#include <type_traits>

namespace osteon::op {

// clang-format off
struct Add      { template <class T> constexpr T operator()(T a, T b) const { return a + b; } };
struct Subtract { template <class T> constexpr T operator()(T a, T b) const { return a - b; } };
struct Multiply { template <class T> constexpr T operator()(T a, T b) const { return a * b; } };
struct Divide   { template <class T> constexpr T operator()(T a, T b) const { return a / b; } };
struct Minimum  { template <class T> constexpr T operator()(T a, T b) const { return b < a ? b : a; } };
struct Maximum  { template <class T> constexpr T operator()(T a, T b) const { return a < b ? b : a; } };

struct Less         { template <class T> constexpr bool operator()(T a, T b) const { return a < b; } };
struct LessEqual    { template <class T> constexpr bool operator()(T a, T b) const { return a <= b; } };
struct Greater      { template <class T> constexpr bool operator()(T a, T b) const { return a > b; } };
struct GreaterEqual { template <class T> constexpr bool operator()(T a, T b) const { return a >= b; } };
struct Equal        { template <class T> constexpr bool operator()(T a, T b) const { return a == b; } };
struct NotEqual     { template <class T> constexpr bool operator()(T a, T b) const { return a != b; } };

struct Negate  { template <class T> constexpr T operator()(T a) const { return -a; } };
struct Abs     { template <class T> constexpr T operator()(T a) const { return a < T(0) ? -a : a; } };
struct Square  { template <class T> constexpr T operator()(T a) const { return a * a; } };
struct Sign    { template <class T> constexpr T operator()(T a) const { return T(T(0) < a) - T(a < T(0)); } };
struct Sqrt    { template <class T> OSTEON_HOST_DEVICE T operator()(T a) const { return std::sqrt(a); } };
struct Exp     { template <class T> OSTEON_HOST_DEVICE T operator()(T a) const { return std::exp(a); } };
struct Log     { template <class T> OSTEON_HOST_DEVICE T operator()(T a) const { return std::log(a); } };
struct Tanh    { template <class T> OSTEON_HOST_DEVICE T operator()(T a) const { return std::tanh(a); } };
struct Sigmoid { template <class T> OSTEON_HOST_DEVICE T operator()(T a) const { return T(1) / (T(1) + std::exp(-a)); } };
struct Relu    { template <class T> constexpr T operator()(T a) const { return a < T(0) ? T(0) : a; } };
// clang-format on

template <class Op>
inline constexpr bool is_comparison =
    std::is_same_v<Op, Less> || std::is_same_v<Op, LessEqual> || std::is_same_v<Op, Greater> ||
    std::is_same_v<Op, GreaterEqual> || std::is_same_v<Op, Equal> || std::is_same_v<Op, NotEqual>;

}  // namespace osteon::op
