// A long bone and the shadow it casts.
//
// The shaft is a tube: a shell of compact bone around a marrow cavity that is crossed by
// trabeculae. The beam's path through the shell is longest at its sides, which is why a radiograph
// shows two bright lines. Towards the ends the bone widens, the shell thins and the trabeculae get
// dense.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/data/synthetic/fracture.hpp>
#include <osteon/data/synthetic/noise.hpp>

namespace osteon::data::synthetic {

/// The open growth plate of a child: a wavy dark band with dense borders, near an end.
struct GrowthPlate {
  float at = 0;
  float width = 0;
  float phase = 0;
};

/// A nutrient canal: a vessel runs obliquely through the shell, short, smooth, with a dense border.
struct VesselChannel {
  float u = 0, v = 0;
  float slope = 0;  ///< dv/du
  float length = 0;
  float width = 0;
};

struct Bone {
  float x = 0, y = 0;          ///< centre; the picture is [-1, 1] x [-1, 1], y down
  float cosine = 0, sine = 1;  ///< direction of the axis
  float half_length = 1;
  float radius = 0.2F;  ///< of the shaft
  float bow = 0;        ///< v of the axis is bow * u^2
  float flare = 0.5F;   ///< by how much the ends are wider than the shaft
  float shell = 0.35F;  ///< thickness of the shell in the shaft, in radii
  float density = 1;
  float grain = 0;  ///< where in the noise its texture lies
  bool has_plate = false, has_channel = false;
  GrowthPlate plate{};
  VesselChannel channel{};
  Fracture fracture{};

  /// Attenuation at the picture's point (px, py), around 1 in the middle of a shaft.
  [[nodiscard]] float shadow(float px, float py, const Noise& noise) const;

 private:
  [[nodiscard]] float broken_shadow(float u, float v, const Noise& noise) const;
  [[nodiscard]] float intact_shadow(float u, float v, const Noise& noise) const;
  [[nodiscard]] float plate_factor(float u, float v, const Noise& noise) const;
  [[nodiscard]] float channel_factor(float u, float v) const;
};

/// Open growth plates at one of the bone's ends.
void add_growth_plate(Bone& bone, Random& random);

/// A vessel channel in one wall of the shaft.
void add_vessel_channel(Bone& bone, Random& random);

}  // namespace osteon::data::synthetic

#if !defined(OSTEON_COMPILED)
#include <osteon/data/synthetic/bone.ipp>
#endif
