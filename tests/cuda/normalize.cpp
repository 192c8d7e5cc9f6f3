#include <osteon/data/transforms.hpp>

#include "both.hpp"

#include <cstdint>
#include <vector>

namespace osteon {
namespace {

using test::Device;

constexpr data::Normalization statistics = data::imagenet_normalization;

/// Every value in every channel, normalised as T.
template <class T>
std::vector<double> normalized() {
  std::vector<std::uint8_t> pixels;
  for (int v = 0; v < 256; ++v) pixels.insert(pixels.end(), 3, static_cast<std::uint8_t>(v));
#if defined(OSTEON_TEST_REFERENCE)
  std::vector<float> values(pixels.size());
  data::Normalizer{statistics}(pixels, values);
  std::vector<T> rounded;
  for (const float value : values) rounded.push_back(static_cast<T>(value));
  return {rounded.begin(), rounded.end()};
#else
  const auto size = static_cast<Index>(pixels.size());
  Buffer<std::uint8_t, Device> from(pixels.size());
  copy_from_host(Device{}, size, static_cast<const std::uint8_t*>(pixels.data()), from.data());
  Buffer<T, Device> to(pixels.size());
  normalize(Device{}, size, from.data(), statistics.mean, statistics.std, to.data());
  HostMirror values(Device{}, to.data(), size);
  return {values.span().begin(), values.span().end()};
#endif
}

// Exactly: both divide and subtract in float as IEEE 754 says, and nothing can be contracted.
ON_BOTH("cuda: pixels are normalised as the loader does it", 0) {
  record.add("float", normalized<float>());
  record.add("double", normalized<double>());
}

}  // namespace
}  // namespace osteon
