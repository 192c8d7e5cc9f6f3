// Fractures, in the coordinates of their bone: u along its axis, v across it.
//
// Kinds as in the common radiological classification by the course of the fracture line.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/data/synthetic/noise.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace osteon::data::synthetic {

enum class FractureKind : std::uint8_t { none, transverse, oblique, spiral, comminuted, hairline };

[[nodiscard]] constexpr std::string_view to_string(FractureKind kind) {
  constexpr std::string_view names[] = {"no",     "transverse", "oblique",
                                        "spiral", "comminuted", "hairline"};
  return names[static_cast<std::size_t>(kind)];
}

/// A dark line across the bone: u = at + slope * v + twist * asin(v / radius) + jags.
struct FractureLine {
  float at = 0;
  float slope = 0;
  float twist = 0;          ///< a spiral seen from the side
  float gap = 0;            ///< width, in units of half the picture's side
  float strength = 0;       ///< the share of the bone's shadow that is missing in the gap
  float from = -2, to = 2;  ///< the part of the bone's width it crosses, in radii
  float jag = 0, jag_phase = 0;

  [[nodiscard]] float position(float v, float radius, const Noise& noise) const;

  /// How much of the bone's shadow is left at (u, v): 1 away from the line.
  [[nodiscard]] float remaining(float u, float v, float radius, const Noise& noise) const;
};

/// A fracture of one bone. What lies beyond the first line (greater u) is the distal fragment; it
/// may be displaced against the rest.
struct Fracture {
  FractureKind kind = FractureKind::none;
  std::array<FractureLine, 3> lines{};
  std::size_t line_count = 0;
  bool displaced = false;
  float shift_u = 0, shift_v = 0;  ///< of the distal fragment
  float cosine = 1, sine = 0;      ///< its turn about the fracture
  struct Splinter {
    float u, v, length, width, angle;
  };
  std::array<Splinter, 4> splinters{};
  std::size_t splinter_count = 0;
};

/// A random fracture of a bone of that radius, whose main line crosses the axis at u = `at`.
[[nodiscard]] Fracture random_fracture(float at, float radius, Random& random);

}  // namespace osteon::data::synthetic

#if !defined(OSTEON_COMPILED)
#include <osteon/data/synthetic/fracture.ipp>
#endif
