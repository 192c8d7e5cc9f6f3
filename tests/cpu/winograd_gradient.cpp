#include <osteon/cpu/weight_gradient.hpp>
#include <osteon/cpu/winograd_gradient.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <vector>

using namespace osteon;

TEST_CASE("Winograd's weight gradient: more tiles than are transformed at a time") {
  constexpr Index channels = cpu::tile_width<float>;
  // 36 coordinates of 2 x `channels` numbers a tile; a chunk holds two million.
  const Index batch = (Index{1} << 21) / (36 * 2 * channels) + 50;
  const Conv2dGeometry g{batch, channels, 4, 4, channels, 4, 4, 3, 1, 1};
  const auto draw = [](Index size, std::uint64_t stream) {
    std::vector<float> values(static_cast<std::size_t>(size));
    for (Index i = 0; i < size; ++i) {
      values[static_cast<std::size_t>(i)] = static_cast<float>(test::uniform(5, stream, i));
    }
    return values;
  };
  const auto x = draw(batch * 16 * channels, 0), dy = draw(batch * 16 * channels, 1);
  const std::vector<double> x64(x.begin(), x.end()), dy64(dy.begin(), dy.end());
  std::vector<float> given(static_cast<std::size_t>(g.weights()), 1);
  std::vector<double> expected(static_cast<std::size_t>(g.weights()), 1);
  cpu::winograd::backward_weight<cpu::winograd::F4>(g, x.data(), dy.data(), given.data());
  cpu::direct_weight_gradient(g, x64.data(), dy64.data(), expected.data());
  CHECK(test::relative_error(given, expected) < 1e-4);
}
