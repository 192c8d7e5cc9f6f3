// Small pictures for the tests of what feeds a model, and a model that only reads them.
#pragma once

#include <osteon/core/random.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/data/image_dataset.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace osteon::test {

/// Noise; the first value of every picture is its position.
inline data::ImageDataset pictures(std::size_t count, int side = 4) {
  data::ImageDataset dataset{side, {"a", "b", "c"}, {}, {}};
  Random random(17);
  for (std::size_t i = 0; i < count; ++i) {
    dataset.samples.push_back({"", static_cast<int>(i % 3), data::Part::all});
    for (std::size_t v = 0; v < dataset.image_bytes(); ++v)
      dataset.pixels.push_back(static_cast<std::uint8_t>(v == 0 ? i : random.below(256)));
  }
  return dataset;
}

/// A transform that draws.
inline void redraw(std::span<std::uint8_t> image, int, Random& random) {
  for (std::size_t i = 1; i < image.size(); i += 2)
    image[i] = static_cast<std::uint8_t>(random.below(256));
}

/// What train::Feed asks of a model.
template <class Device>
struct Reader {
  using device_type = Device;
  using input_shape = Shape<3, 4, 4>;
  using InputTensor = Tensor<float, Batched<input_shape>, ChannelsLast, Device>;
  using InputView = TensorView<const float, Batched<input_shape>, ChannelsLast, Device>;
};

}  // namespace osteon::test
