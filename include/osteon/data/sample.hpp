// One image of a data set: where it lies, what it shows, which part it belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace osteon::data {

/// The part of the data set that a sample was published in; `all` where the folder has no parts.
enum class Part : std::uint8_t { all, train, val, test };

[[nodiscard]] constexpr std::string_view to_string(Part part) {
  constexpr std::string_view names[] = {"all", "train", "val", "test"};
  return names[static_cast<std::size_t>(part)];
}

struct Sample {
  std::string path;  ///< relative to the root, '/' between folders
  int label = 0;     ///< index into ImageFolder::classes
  Part part = Part::all;

  bool operator==(const Sample&) const = default;
};

/// The labels of `samples`, all or at the positions `which`.
[[nodiscard]] std::vector<int> labels_of(std::span<const Sample> samples);
[[nodiscard]] std::vector<int> labels_of(std::span<const Sample> samples,
                                         std::span<const std::size_t> which);

}  // namespace osteon::data

#if !defined(OSTEON_COMPILED)
#include <osteon/data/sample.ipp>
#endif
