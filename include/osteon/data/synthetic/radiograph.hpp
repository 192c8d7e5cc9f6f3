// One synthetic radiograph. Each picture is a function of (seed, index) and its label alone. One to
// three long bones lie in soft tissue; growth plates, vessel channels and overlapping bones are as
// common in both classes, so that only a fracture tells them apart.
#pragma once

#include <osteon/data/image.hpp>
#include <osteon/data/synthetic/bone.hpp>
#include <osteon/data/synthetic/film.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::data {

namespace synthetic {

/// The labels, in the order of their names.
inline constexpr int fractured = 0;
inline constexpr int not_fractured = 1;
inline constexpr std::array<std::string_view, 2> class_names{"fractured", "not fractured"};

/// Everything that a picture shows.
struct Scene {
  std::vector<Bone> bones;
  float tissue_x = 0, tissue_y = 0;  ///< a point on the limb's axis
  float tissue_cosine = 0, tissue_sine = 1;
  float tissue_radius = 0.7F;
  float tissue_density = 0.3F;
  Marker marker;
  Collimation field;
  Exposure exposure;
  std::string description;
};

}  // namespace synthetic

struct SyntheticRadiograph {
  Image image;              ///< (size, size, 1)
  std::string description;  ///< what was drawn: "2 bones, oblique fracture, displaced, marker L"
};

/// The picture number `index`, a function of its arguments alone; at another size, the same scene.
/// `label` is synthetic::fractured or synthetic::not_fractured.
[[nodiscard]] SyntheticRadiograph synthetic_radiograph(std::uint64_t seed, std::uint64_t index,
                                                       int size, int label);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/synthetic/radiograph.ipp>
#endif
