#include <osteon/core/channel_moments.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace osteon {
namespace {

TEST_CASE("channel_moments: means, and squares around them") {
  const std::vector<float> rows{1, 10, 3, 10, 8, 10};  // two channels
  const ChannelMoments moments = channel_moments(Cpu{}, 3, 2, rows.data());
  CHECK(moments.mean == std::vector<double>{4, 10});
  CHECK(moments.squares == std::vector<double>{9 + 1 + 16, 0});
}

}  // namespace
}  // namespace osteon
